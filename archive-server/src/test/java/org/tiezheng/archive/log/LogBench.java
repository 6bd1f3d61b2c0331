package org.tiezheng.archive.log;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogProof;
import org.tiezheng.evidence.log.SignatureType;

/**
 * Measures the log on a real PostgreSQL: {@code LogBench FOLDER LEAVES}. One log grows to ten thousand entries, and ten times that, up to
 * {@code LEAVES}; at each size: entries assigned, integrated, signed, published and proved per second since the last, then what one more
 * entry costs, and a proof.
 */
public final class LogBench {
    private static final int PROOFS = 500;
    private static final int ONE_BY_ONE = 50;

    private LogBench() {}

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int leaves = Integer.parseInt(args[1]);
        TestDatabase database = TestDatabase.create();
        TransparencyLog log = new TransparencyLog(
                database.jdbc(),
                database.transactions(),
                new LogFolder(folder),
                CheckpointSigner.of("bench.example/log", SignatureType.ED25519, new byte[32]),
                TransparencyLog.Trusted.nobody(),
                Clock.systemUTC(),
                1000);
        for (int size = Math.min(leaves, 10_000), before = 0;
                before < leaves;
                before = size, size = Math.min(leaves, size * 10)) {
            print("-- %,d entries", size);
            grow(database, log, size - before);
            measure(database, log, folder);
        }
    }

    private static void grow(TestDatabase database, TransparencyLog log, int leaves) {
        queue(database, leaves);
        long begin = System.nanoTime();
        while (log.assign() > 0) {
            log.integrate();
        }
        long integrated = System.nanoTime();
        log.sign();
        log.finish();
        long proved = System.nanoTime();
        line("assign and integrate", leaves, begin, integrated);
        line("sign, publish and fix proofs", leaves, integrated, proved);
    }

    private static void measure(TestDatabase database, TransparencyLog log, Path folder) throws Exception {
        long begunOne = System.nanoTime();
        for (int i = 0; i < ONE_BY_ONE; i++) {
            queue(database, 1);
            log.run();
        }
        print("one more entry, all steps  %.1f ms", millis(begunOne, System.nanoTime()) / ONE_BY_ONE);
        List<UUID> some = database.jdbc()
                .sql("select evidence_id from log_proof order by random() limit " + PROOFS)
                .query(UUID.class)
                .list();
        long begunProofs = System.nanoTime();
        long bytes = 0;
        for (UUID id : some) {
            LogProof proof = log.proof(id).orElseThrow();
            if (!proof.proves()) {
                throw new IllegalStateException("a proof that proves nothing");
            }
            bytes += proof.toBytes().length;
        }
        print(
                "a proof, read and checked  %.2f ms, %d bytes",
                millis(begunProofs, System.nanoTime()) / some.size(), bytes / some.size());
        long size = log.state().integrated();
        Random random = new Random(1);
        long begunConsistency = System.nanoTime();
        for (int i = 0; i < PROOFS; i++) {
            if (log.consistency(1 + random.nextLong(size), size).size() > 64) {
                throw new IllegalStateException("too long");
            }
        }
        print("a consistency proof  %.2f ms", millis(begunConsistency, System.nanoTime()) / PROOFS);
        long begunCheck = System.nanoTime();
        log.check();
        print("comparison at the start  %.1f ms", millis(begunCheck, System.nanoTime()));
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(Files::isRegularFile).forEach(files::add);
        }
        long total = 0;
        for (Path file : files) {
            total += Files.size(file);
        }
        print("files  %d, %.1f MB", files.size(), total / 1e6);
    }

    private static void queue(TestDatabase database, int count) {
        String digest = "0".repeat(64);
        int unused = database.jdbc()
                .sql("insert into log_queue (leaf, evidence_id, queued_at) select '{\"v\":1,\"id\":\"' || id"
                        + " || '\",\"sha256\":\"" + digest + "\",\"sm3\":\"" + digest
                        + "\",\"size\":842608740,\"t\":\"2026-11-22T08:01:00Z\"}', id, now()"
                        + " from (select gen_random_uuid() as id from generate_series(1, :count)) made")
                .param("count", count)
                .update();
    }

    private static void line(String what, int leaves, long from, long to) {
        print("%s  %.1f s, %.0f/s", what, millis(from, to) / 1000, leaves / millis(from, to) * 1000);
    }

    private static double millis(long from, long to) {
        return (to - from) / 1e6;
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
