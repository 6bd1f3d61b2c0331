package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import eu.europa.esig.dss.enumerations.Indication;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.auditor.Main;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.FutureAuthority;
import org.tiezheng.evidence.time.Imprint;
import org.tiezheng.evidence.time.MovedClock;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.FuturePolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.verifier.LogTrust;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;
import tools.jackson.databind.JsonNode;

/**
 * One server through forty years: two packages are brought in 2026, as inspectors bring them; authorities come and go, SHA-256 is
 * not acceptable from 2040 on; in 2066 both are downloaded and judged by people who do not believe the server, with our verifier,
 * EU DSS and the outside audit. The record of one was renewed in time, five times; the authority of the other went out of business
 * early, and nobody renewed in time. At last the operator reads a backup of 2026 back.
 */
class ServerDecadesTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    private static final Instant IN_2066 = Instant.parse("2066-11-21T08:00:00Z");
    private static final LocalDate SHA256_ENDS = LocalDate.of(2040, 1, 1);

    @TempDir
    Path folder;

    private final MovedClock clock = new MovedClock(SEALED.plus(Duration.ofHours(1)));

    /** The authority that is in business now. */
    private static final class InBusiness implements TimestampAuthority {
        private volatile FutureAuthority now;

        InBusiness(FutureAuthority first) {
            this.now = first;
        }

        @Override
        public String name() {
            return now.name();
        }

        @Override
        public TrustAnchors anchors() {
            return now.anchors();
        }

        @Override
        public boolean embedded() {
            return false;
        }

        @Override
        public TimestampToken stamp(Digest sha256) throws TimestampException {
            return now.stamp(sha256);
        }

        @Override
        public TimestampToken stamp(Imprint imprint) throws TimestampException {
            return now.stamp(imprint);
        }

        @Override
        public TimestampToken withCrlsOfNow(TimestampToken token) throws TimestampException {
            return now.withCrlsOfNow(token);
        }
    }

    private FutureAuthority authority(String hash, int from, int years) {
        return FutureAuthority.from(from, years, "of " + from + " for " + years, hash, clock);
    }

    @Test
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void aPackageOf2026ThatAServerKeptVerifiesIn2066AndOneRenewedTooLateDoesNot() throws Exception {
        TestPackages packages = new TestPackages(folder.resolve("packages"), SEALED);
        FutureAuthority one = authority("SHA256", 2026, 10);
        FutureAuthority brief = authority("SHA256", 2026, 3);
        List<FutureAuthority> later = List.of(
                authority("SHA256", 2030, 10),
                authority("SHA512", 2036, 10),
                authority("SHA512", 2044, 10),
                authority("SHA512", 2052, 10),
                authority("SHA512", 2060, 10));
        int[] years = {2035, 2039, 2045, 2053, 2061};
        TrustAnchors anchors = packages.anchors().and(one.anchors()).and(brief.anchors());
        for (FutureAuthority authority : later) {
            anchors = anchors.and(authority.anchors());
        }
        Path roots = Files.writeString(folder.resolve("roots.pem"), anchors.toPem());
        Path policy = Files.writeString(folder.resolve("algorithms.txt"), FuturePolicy.sha256Ends(SHA256_ENDS));
        InBusiness inBusiness = new InBusiness(one);
        Path data = Files.createDirectory(folder.resolve("data"));
        Path backup = folder.resolve("backup.zip");
        List<String> settings = List.of(
                "tiezheng.ingest.trust-anchors[0]=" + roots,
                "tiezheng.records.policy=" + policy,
                "tiezheng.log.every=200ms");
        try (FutureServer server = FutureServer.start(data, clock, inBusiness, settings)) {
            UUID kept = server.archive(packages.make("茶叶旗舰店", "http://shop.example/item/42", "正品保证"));
            server.turnOfRecords();
            String unused = FutureServer.command(clock, data, "backup", backup.toString());
            inBusiness.now = brief;
            UUID late = server.archive(packages.make("茶叶旗舰店", "http://shop.example/item/43", "假一赔十"));
            clock.set(clock.instant().plus(Duration.ofHours(2)));
            server.turnOfRecords();
            for (UUID each : List.of(kept, late)) {
                Path early = server.download(each, folder.resolve("early.asice"));
                assertThat(Dss.judge(early, anchors, clock.instant(), SHA256_ENDS)
                                .records())
                        .containsExactly(Indication.PASSED);
            }

            for (int i = 0; i < years.length; i++) {
                inBusiness.now = later.get(i);
                clock.set(Instant.parse(years[i] + "-06-01T00:00:00Z"));
                server.turnOfRecords();
            }
            clock.set(IN_2066);

            List<String> batches = new ArrayList<>();
            for (JsonNode batch : server.batches()) {
                batches.add(batch.path("kind").asString("") + " "
                        + batch.path("state").asString(""));
            }
            // Newest first; of the second chain no renewal was ever made.
            assertThat(batches)
                    .filteredOn(batch -> batch.endsWith(" DONE"))
                    .containsExactly(
                            "TOKEN DONE",
                            "TOKEN DONE",
                            "TOKEN DONE",
                            "TREE DONE",
                            "TOKEN DONE",
                            "FIRST DONE",
                            "FIRST DONE");
            assertThat(batches).filteredOn(batch -> batch.endsWith(" FAILED")).hasSize(years.length);
            Path good = server.download(kept, folder.resolve("kept.asice"));
            Path bad = server.download(late, folder.resolve("late.asice"));
            Path logPolicy = server.fetch("/log/policy", folder.resolve("log.policy"));
            LogTrust log = LogTrust.ofFiles(logPolicy, data.resolve("archive/log"));

            Report report = verify(good, anchors, policy, log);
            assertThat(report.problems()).isEmpty();
            assertThat(report.verdict()).isEqualTo(Verdict.VALID);
            assertThat(report.findings()).extracting(Finding::code).contains(Code.R05, Code.L05, Code.L06);
            Dss.Verdict dss = Dss.judge(good, anchors, IN_2066, SHA256_ENDS);
            assertThat(dss.records()).as(dss.toString()).containsExactly(Indication.PASSED);
            assertThat(dss.signature()).as(dss.toString()).isEqualTo(Indication.TOTAL_PASSED);

            assertThat(verify(bad, anchors, policy, log).verdict()).isNotEqualTo(Verdict.VALID);
            dss = Dss.judge(bad, anchors, IN_2066, SHA256_ENDS);
            assertThat(dss.records()).as(dss.toString()).doesNotContain(Indication.PASSED);
            assertThat(dss.signature()).as(dss.toString()).isNotEqualTo(Indication.TOTAL_PASSED);

            String audit = audit(data, roots, policy, logPolicy);
            assertThat(audit)
                    .contains("PACKAGE-REFUSED", "RECORD-REFUSED", late.toString())
                    .doesNotContain(kept.toString())
                    .endsWith("exit 2");
        }
        assertOldDatabaseIsNotWorkedOn(data, backup, inBusiness, settings);
    }

    /** The operator would rather it were 2026 again: the server's own backup and restore, all files as they are now. */
    private void assertOldDatabaseIsNotWorkedOn(
            Path data, Path backup, TimestampAuthority authority, List<String> settings) throws Exception {
        Path today = Files.move(data, folder.resolve("today"));
        Files.createDirectories(data.resolve("archive"));
        for (String kept : List.of("archive/objects", "archive/custodian", "archive/log")) {
            Files.move(today.resolve(kept), data.resolve(kept));
        }
        assertThat(FutureServer.command(clock, data, "restore", backup.toString()))
                .contains("Restored:", "objects in the store are named by no evidence")
                .contains("What came after");
        try (FutureServer server = FutureServer.start(data, clock, authority, settings)) {
            assertThat(server.readiness()).isEqualTo(503);
            assertThat(server.health()).contains("damaged", "it is older than what the world has seen");
        }
    }

    private static Report verify(Path file, TrustAnchors anchors, Path policy, LogTrust log) throws Exception {
        return new Verifier(anchors, IN_2066, new VerifierOptions(true, true))
                .with(AlgorithmPolicy.parse(Files.readAllBytes(policy)))
                .with(log)
                .verify(file);
    }

    private String audit(Path data, Path roots, Path policy, Path logPolicy) {
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        int exit = Main.run(
                List.of(
                        "audit",
                        "--store=" + data.resolve("archive/objects"),
                        "--log=" + data.resolve("archive/log"),
                        "--log-policy=" + logPolicy,
                        "--trust=" + roots,
                        "--algorithm-policy=" + policy,
                        "--lang=en"),
                printer,
                printer,
                clock,
                false);
        return out + "exit " + exit;
    }
}
