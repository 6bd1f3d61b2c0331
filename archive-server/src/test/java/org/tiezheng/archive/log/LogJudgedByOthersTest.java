package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.log.Tile;

/** A log that the server kept, before other people's programs: the tree of Go's checksum database, and Tessera's fsck. */
class LogJudgedByOthersTest {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Pattern VERSION = Pattern.compile("go1\\.([0-9]+)");
    private static final int NEEDED = 24;
    private static final Path JUDGES =
            Path.of("../acceptance/judges").toAbsolutePath().normalize();
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T04:00:00Z"), ZoneOffset.UTC);
    private static final CheckpointSigner SIGNER =
            CheckpointSigner.of("tiezheng.localhost/log", SignatureType.ED25519, new byte[32]);

    private record Ended(int exitCode, String output) {}

    @TempDir
    Path folder;

    @Test
    void bothAcceptTheServersLogAndRefuseItTamperedWith() throws Exception {
        String go = go();
        Path tlog = build(go, "tlog");
        Path fsck = build(go, "fsck");
        Path log = folder.resolve("log");
        TestDatabase database = TestDatabase.create();
        // In several runs, so that there are tiles that grew.
        for (int more : new int[] {1, 300, 255, 500}) {
            LogQueue queue = new LogQueue(database.jdbc(), CLOCK);
            database.transactions().executeWithoutResult(status -> {
                for (int i = 0; i < more; i++) {
                    queue.append(LogEvent.of(
                            LogEvent.Kind.FAILURE,
                            new UUID(more, i),
                            Digest.of(Digest.Algorithm.SHA256, new byte[] {(byte) i}),
                            null,
                            CLOCK.instant()));
                }
            });
            new TransparencyLog(database.jdbc(), database.transactions(), new LogFolder(log), SIGNER, CLOCK, 300).run();
        }

        assertThat(judge(tlog, log).output()).contains("accepted: 1056 entries");
        assertThat(judge(fsck, log)).isEqualTo(new Ended(0, "accepted\n"));

        Path bundle = log.resolve(new Tile(Tile.ENTRIES, 2, 256).path());
        flip(bundle);
        assertRefused(fsck, log);
        flip(bundle);
        // The other one reads some of the entries only, but every tile on their way.
        flip(log.resolve(new Tile(0, 2, 256).path()));
        assertRefused(tlog, log);
        flip(log.resolve(new Tile(0, 2, 256).path()));
        assertThat(judge(tlog, log).exitCode()).isZero();

        Path checkpoint = log.resolve("checkpoint");
        Files.writeString(checkpoint, Files.readString(checkpoint).replace("\n1056\n", "\n1055\n"));
        assertRefused(fsck, log);
        assertRefused(tlog, log);
    }

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[100] ^= 1;
        Files.write(file, bytes);
    }

    private static void assertRefused(Path judge, Path log) throws Exception {
        Ended ended = judge(judge, log);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).contains("refused:");
    }

    /** Skips aloud where the judges cannot be had: what they would say is not known then. */
    private static String go() throws Exception {
        Optional<String> go = Stream.of("go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go")
                .filter(LogJudgedByOthersTest::isNewEnough)
                .findFirst();
        assumeTrue(
                go.isPresent(),
                "NOT CHECKED: no Go 1." + NEEDED
                        + " on this machine, so no independent program judged the server's log");
        for (String judge : new String[] {"tlog", "fsck"}) {
            Ended fetched = run(JUDGES.resolve(judge), go.orElseThrow(), "mod", "download");
            assumeTrue(
                    fetched.exitCode() == 0,
                    () -> "NOT CHECKED: the modules of judge " + judge + " cannot be fetched: " + fetched.output());
        }
        return go.orElseThrow();
    }

    private static boolean isNewEnough(String program) {
        try {
            Matcher version =
                    VERSION.matcher(run(Path.of("."), program, "version").output());
            return version.find() && Integer.parseInt(version.group(1)) >= NEEDED;
        } catch (IOException | InterruptedException absent) {
            return false;
        }
    }

    private Path build(String go, String judge) throws Exception {
        Path program = folder.resolve(judge);
        Ended built = run(JUDGES.resolve(judge), go, "build", "-o", program.toString(), ".");
        assertThat(built.exitCode()).as(built.output()).isZero();
        return program;
    }

    private static Ended judge(Path judge, Path log) throws Exception {
        Ended ended =
                run(log, judge.toString(), log.toString(), SIGNER.verifierKey().toString());
        // Tessera writes a line of its own log.
        return new Ended(ended.exitCode(), ended.output().replaceAll("(?m)^[IWE][0-9]{4} .*\n?", ""));
    }

    private static Ended run(Path in, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("judge", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(in.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " did not end within " + LIMIT);
            }
            return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }
}
