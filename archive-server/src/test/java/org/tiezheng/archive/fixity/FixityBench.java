package org.tiezheng.archive.fixity;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import org.springframework.util.unit.DataSize;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

/**
 * How fast one thread checks, with everything that belongs to a check (claim, listing of the key, lock, hash, result row, calendar), against
 * {@code openssl dgst -sha256} over the same files, in turn; and what claiming costs with many rows.
 *
 * <p>Arguments: folder, MB of an object, objects, small objects, rounds, rows.
 */
public final class FixityBench {
    private FixityBench() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        int megabytes = Integer.parseInt(arguments[1]);
        int objects = Integer.parseInt(arguments[2]);
        int small = Integer.parseInt(arguments[3]);
        int rounds = Integer.parseInt(arguments[4]);
        long rows = Long.parseLong(arguments[5]);
        Clock clock = Clock.systemUTC();
        try (FolderStore store = FolderStore.create("objects", folder.resolve("objects"), clock)) {
            large(store, folder, clock, megabytes, objects, rounds);
            small(store, clock, small);
        }
        for (long count = 10_000; count <= rows; count *= 10) {
            rows(count, clock);
        }
        System.exit(0);
    }

    private static Fixity fixity(TestDatabase database, CheckedStores stores, Clock clock) {
        return new Fixity(
                stores,
                database.jdbc(),
                database.transactions(),
                new AuditLog(database.jdbc(), clock),
                new LogQueue(database.jdbc(), clock),
                new EvidenceCatalogue(database.jdbc()),
                new FixitySettings(true, DataSize.ofTerabytes(1), Duration.ofDays(7), 200),
                new FixityMeters(),
                clock,
                "bench",
                step -> {});
    }

    private static Path put(TestDatabase database, FolderStore store, Clock clock, byte[] bytes) throws IOException {
        String sha256 = Digest.of(Digest.Algorithm.SHA256, bytes).hex();
        Instant until = clock.instant().plus(Duration.ofDays(1));
        StoredObject stored = store.put(
                new PutRequest(ObjectKeys.ofContent(sha256), bytes.length, sha256, Retention.compliance(until), false),
                new ByteArrayInputStream(bytes));
        int unused = database.jdbc()
                .sql("""
                        insert into kept_object (kind, id, sha256, size_bytes, key, version_id, retain_until, kept_at)
                        values (:kind, :id, :sha256, :size, :key, :version, :until, now())""")
                .param("kind", KeptObjects.Kind.REPORT.name())
                .param("id", UUID.randomUUID())
                .param("sha256", sha256)
                .param("size", bytes.length)
                .param("key", stored.version().key())
                .param("version", stored.version().versionId())
                .param("until", CopyTable.utc(stored.retention().until()))
                .update();
        return Path.of(store.describe().location())
                .resolve(stored.version().key() + "@" + stored.version().versionId());
    }

    private static void large(FolderStore store, Path folder, Clock clock, int megabytes, int objects, int rounds)
            throws Exception {
        TestDatabase database = TestDatabase.create();
        CheckedStores stores = new CheckedStores(List.of(store), database.jdbc(), database.transactions(), clock);
        Fixity fixity = fixity(database, stores, clock);
        FixityWorkers server = fixity.workers(true, Duration.ZERO);
        server.beat();
        List<Path> files = new ArrayList<>();
        Random random = new Random(1);
        byte[] bytes = new byte[megabytes << 20];
        for (int i = 0; i < objects; i++) {
            random.nextBytes(bytes);
            files.add(put(database, store, clock, bytes));
        }
        double total = (double) megabytes * objects * (1 << 20) / 1e6;
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        List<Double> cpu = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            due(database);
            long cpuBegan = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            long began = System.nanoTime();
            while (server.turn("objects")) {
                // Until nothing is due.
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            double cpuSeconds = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuBegan) / 1e9;
            double openssl = openssl(files);
            if (round > 0) { // the first is for warming up
                ours.add(total / seconds);
                cpu.add(total / cpuSeconds);
                theirs.add(total / openssl);
            }
        }
        requireGood(database, (long) objects * (rounds + 1));
        System.out.printf(
                Locale.ROOT,
                "  %d objects of %d MB, one thread: check %,.0f MB/s (%,.0f MB per second of CPU), openssl dgst -sha256 %,.0f MB/s, ratio %.2f%n",
                objects,
                megabytes,
                median(ours),
                median(cpu),
                median(theirs),
                median(ours) / median(theirs));
    }

    private static void small(FolderStore store, Clock clock, int objects) throws Exception {
        TestDatabase database = TestDatabase.create();
        CheckedStores stores = new CheckedStores(List.of(store), database.jdbc(), database.transactions(), clock);
        Fixity fixity = fixity(database, stores, clock);
        FixityWorkers server = fixity.workers(true, Duration.ZERO);
        server.beat();
        Random random = new Random(2);
        byte[] bytes = new byte[4096];
        for (int i = 0; i < objects; i++) {
            random.nextBytes(bytes);
            Path unused = put(database, store, clock, bytes);
        }
        due(database);
        long began = System.nanoTime();
        while (server.turn("objects")) {
            // Until nothing is due.
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        requireGood(database, objects);
        System.out.printf(
                Locale.ROOT, "  %d objects of 4 kB, one thread: %,.0f copies/s%n", objects, objects / seconds);
    }

    /** Rows that nobody reads: what claiming and counting cost with so many. */
    private static void rows(long count, Clock clock) throws Exception {
        TestDatabase database = TestDatabase.create();
        try (Connection connection = database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into fixity_store (id, is_primary, added_at) values ('objects', true, now())");
            statement.execute("insert into fixity_object (key, version_id, sha256, size_bytes)"
                    + " select 'sha256/' || md5(n::text), md5(n::text), repeat(md5(n::text), 2), 1000 from generate_series(1, "
                    + count + ") n");
            statement.execute(
                    "insert into fixity_copy (object_id, store_id, version_id, due_at)"
                            + " select id, 'objects', version_id, now() + random() * interval '90 days' - interval '1 day' from fixity_object");
            statement.execute("vacuum analyze fixity_object");
            statement.execute("vacuum analyze fixity_copy");
        }
        CopyTable copies = new CopyTable(database.jdbc());
        UUID worker = UUID.randomUUID();
        int claims = 10;
        long began = System.nanoTime();
        int claimed = 0;
        for (int i = 0; i < claims; i++) {
            claimed += copies.claimDue("objects", worker, clock.instant(), 200).size();
        }
        double claim = (System.nanoTime() - began) / 1e6 / claims;
        FixityFigures figures = new FixityFigures(database.jdbc(), clock);
        began = System.nanoTime();
        FixityFigures.Now now = figures.now();
        double counting = (System.nanoTime() - began) / 1e6;
        began = System.nanoTime();
        List<FixityFigures.Day> days = figures.calendar(90);
        double calendar = (System.nanoTime() - began) / 1e6;
        System.out.printf(
                Locale.ROOT,
                "  %,d copies: claim of 200 %.1f ms (%d claimed), figures %.0f ms (%d copies), calendar of %d days %.0f ms%n",
                count,
                claim,
                claimed,
                counting,
                now.copies(),
                days.size(),
                calendar);
    }

    private static void due(TestDatabase database) {
        int unused =
                database.jdbc().sql("update fixity_copy set due_at = now()").update();
    }

    private static void requireGood(TestDatabase database, long wanted) {
        long good = database.jdbc()
                .sql("select count(*) from fixity_result where outcome = 'GOOD'")
                .query(Long.class)
                .single();
        if (good != wanted) {
            throw new IllegalStateException(good + " of " + wanted + " checks were good");
        }
    }

    private static double openssl(List<Path> files) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl", "dgst", "-sha256"));
        files.forEach(file -> command.add(file.toString()));
        long began = System.nanoTime();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        long lines;
        try (InputStream out = process.getInputStream()) {
            lines = new String(out.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .count();
        }
        if (process.waitFor() != 0 || lines != files.size()) {
            throw new IOException("openssl did not hash " + files.size() + " files");
        }
        return (System.nanoTime() - began) / 1e9;
    }

    private static double median(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
