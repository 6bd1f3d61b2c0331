package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.log.Tile;

/** A log of ours before other people's programs: the tree of Go's checksum database, and signatures from the specification. */
class LogJudgesTest {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final int ENTRIES = 1309;
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final CheckpointSigner log = signer("log.example/evidence", SignatureType.ED25519, 1);
    private final CheckpointSigner court = signer("court.example/w", SignatureType.ED25519_COSIGNATURE, 2);
    private final CheckpointSigner notary = signer("notary.example/w", SignatureType.ML_DSA_44_COSIGNATURE, 3);

    @TempDir
    Path folder;

    private static CheckpointSigner signer(String name, SignatureType type, int seed) {
        byte[] bytes = new byte[CheckpointSigner.SEED_BYTES];
        bytes[0] = (byte) seed;
        return CheckpointSigner.of(name, type, bytes);
    }

    @BeforeEach
    void keepALog() throws IOException {
        int size = 0;
        while (size < ENTRIES) {
            List<byte[]> more = new ArrayList<>();
            for (int i = size; i < Math.min(ENTRIES, size + 400); i++) {
                more.add(("entry " + i).getBytes(StandardCharsets.US_ASCII));
            }
            for (var tile : tree(size).append(more).entrySet()) {
                Path file = folder.resolve(tile.getKey().path());
                Files.createDirectories(file.getParent());
                Files.write(file, tile.getValue());
            }
            size += more.size();
        }
        Checkpoint unsigned =
                new Checkpoint("log.example/evidence", size, tree(size).root(), List.of());
        Checkpoint signed =
                unsigned.with(List.of(log.sign(unsigned), court.cosign(unsigned, NOON), notary.cosign(unsigned, NOON)));
        Files.write(folder.resolve("checkpoint"), signed.toBytes());
    }

    private LogTree tree(long size) {
        return new LogTree(tile -> Files.readAllBytes(folder.resolve(tile.path())), size);
    }

    @Test
    void theTreeOfTheChecksumDatabaseAcceptsOurLogAndRefusesAnAlteredTile() throws Exception {
        Program.Ended right = goJudge();
        assertThat(right.output()).contains("accepted: 1309 entries, 219 inclusion proofs");
        assertThat(right.exitCode()).isZero();

        Path tile = folder.resolve(new Tile(0, 1, 256).path());
        byte[] bytes = Files.readAllBytes(tile);
        bytes[7] ^= 1;
        Files.write(tile, bytes);
        Program.Ended wrong = goJudge();
        assertThat(wrong.output()).contains("refused");
        assertThat(wrong.exitCode()).isEqualTo(1);
    }

    private Program.Ended goJudge() throws Exception {
        Optional<String> go = Stream.of("go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go")
                .filter(LogJudgesTest::runs)
                .findFirst();
        assumeTrue(
                go.isPresent(),
                "NOT CHECKED: Go is not on this machine, so no independent program judged the log's tree");
        Path judge = Judges.FOLDER.resolve("tlog");
        Program.Ended fetched = Program.run(judge, LIMIT, go.orElseThrow(), "mod", "download");
        assumeTrue(
                fetched.exitCode() == 0,
                () -> "NOT CHECKED: Go's checksum-database module cannot be fetched: " + fetched.output());
        return Program.run(
                judge,
                LIMIT,
                go.orElseThrow(),
                "run",
                ".",
                folder.toString(),
                log.verifierKey().toString());
    }

    private static boolean runs(String program) {
        try {
            return Program.run(Path.of("."), Duration.ofSeconds(30), program, "version")
                            .exitCode()
                    == 0;
        } catch (IOException | InterruptedException absent) {
            return false;
        }
    }

    @Test
    void signaturesOfAllTypesAreRightByTheSpecificationAlone() throws Exception {
        Judges.install();
        Program.Ended judged = Program.run(
                Judges.FOLDER,
                LIMIT,
                "node",
                "cosignature.mjs",
                folder.resolve("checkpoint").toString(),
                log.verifierKey().toString(),
                court.verifierKey().toString(),
                notary.verifierKey().toString());

        String time = Long.toString(NOON.getEpochSecond());
        assertThat(judged.orFail().output())
                .contains("log.example/evidence 1 0", "court.example/w 4 " + time, "notary.example/w 6 " + time);
    }
}
