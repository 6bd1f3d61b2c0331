package org.tiezheng.archive.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.log.TestLog;
import org.tiezheng.auditor.Main;

/** Forty years of evidence records, for an auditor who in 2066 has objects, log and his own trust, and nothing else. */
class RecordsSeenFromOutsideTest {
    @TempDir
    private Path folder;

    private int exit;

    private String audit(RecordWorld world) throws IOException {
        Path log = folder.resolve("log");
        Path policy = folder.resolve("log-policy.txt");
        TestLog.run(world.database, log, world.clock);
        TestLog.writePolicy(policy);
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        exit = Main.run(
                List.of(
                        "audit",
                        "--store=" + folder.resolve("objects"),
                        "--log=" + log,
                        "--log-policy=" + policy,
                        "--trust=" + world.trusted,
                        "--algorithm-policy=" + Objects.requireNonNull(world.policyFile),
                        "--lang=en"),
                printer,
                printer,
                world.clock,
                false);
        return out.toString();
    }

    @Test
    void packagesOf2026AreProvedIn2066AndAFortyYearOldBatchThatIsGoneIsMissed() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, 2040)) {
            world.clock.set(RecordWorld.SEALED.plus(Duration.ofMinutes(5)));
            world.use("one", "SHA256", 2026);
            world.archive();
            world.archive();
            assertThat(audit(world)).contains("2 packages younger than a day are in no evidence record yet");
            assertThat(exit).isZero();
            world.clock.set(RecordWorld.SEALED.plus(Duration.ofHours(2)));
            world.turn();
            assertThat(audit(world)).containsPattern("Packages: evidence records +2 +2 +0");
            assertThat(exit).isZero();

            world.renew("two", "SHA256", 2030, 2035);
            world.renew("three", "SHA512", 2036, 2039);
            world.renew("four", "SHA512", 2044, 2045);
            world.renew("five", "SHA512", 2052, 2053);
            world.renew("six", "SHA512", 2060, 2061);
            world.clock.set(Instant.parse("2066-11-21T08:00:00Z"));

            String report = audit(world);
            assertThat(exit).as(report).isZero();
            assertThat(report)
                    .containsPattern("Packages: verified +2 +2 +0")
                    .containsPattern("Packages: evidence records +2 +2 +0");

            String newest = world.database
                    .jdbc()
                    .sql("select substring(leaf from '\"sha256\":\"([0-9a-f]{64})\"') from log_entry"
                            + " where kind = 'renewal' order by pos desc limit 1")
                    .query(String.class)
                    .single();
            try (var files = Files.walk(folder.resolve("objects"))) {
                for (Path file :
                        files.filter(one -> one.toString().endsWith(newest)).toList()) {
                    if (Files.isRegularFile(file)) {
                        Files.delete(file);
                    }
                }
            }
            assertThat(audit(world)).contains("OBJECT-MISSING", "renewal of", "RECORD-UNREADABLE");
            assertThat(exit).isEqualTo(1);
        }
    }
}
