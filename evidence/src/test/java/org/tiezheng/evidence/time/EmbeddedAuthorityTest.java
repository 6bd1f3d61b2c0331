package org.tiezheng.evidence.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.OtherTools;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.trust.TrustAnchors;

class EmbeddedAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-11-21T09:30:00.123Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final byte[] DATA = "stamped".getBytes(StandardCharsets.UTF_8);
    private static final Digest DIGEST = Digest.of(Digest.Algorithm.SHA256, DATA);

    @TempDir
    Path data;

    @Test
    void stampsUnderTheGivenClockToTheMillisecond() throws Exception {
        TimestampToken token = EmbeddedAuthority.open(data, CLOCK).stamp(DIGEST);

        assertThat(token.genTime()).isEqualTo(NOW);
        assertThat(token.policy()).isEqualTo(EmbeddedAuthority.POLICY);
        assertThat(token.accuracy()).isEmpty();
        assertThat(token.imprint()).isEqualTo(DIGEST.bytes());
        assertThat(token.authority()).contains(TrustAnchors.EMBEDDED_ORGANISATION);
        assertThat(token.cms().crls()).hasSize(1);
    }

    @Test
    void isMarkedAsEmbeddedWhereverItIsReported() throws Exception {
        EmbeddedAuthority authority = EmbeddedAuthority.open(data, CLOCK);

        assertThat(new TimestampChecks(authority.anchors(), NOW).check(authority.stamp(DIGEST), DIGEST, "x"))
                .filteredOn(f -> f.code().name().equals("T06"))
                .singleElement()
                .satisfies(f -> assertThat(f.details()).containsEntry("embedded", "true"));
        assertThat(authority.signer().chain()).allMatch(TrustAnchors::isEmbedded);
    }

    @Test
    void tokenValidatesAsLongAsTheCertificateLives() throws Exception {
        EmbeddedAuthority authority = EmbeddedAuthority.open(data, CLOCK);
        TimestampToken token = authority.stamp(DIGEST);

        assertThat(verdict(authority, token, NOW.plus(Duration.ofDays(9 * 365))))
                .isEqualTo(Verdict.VALID);
        assertThat(verdict(authority, token, NOW.plus(Duration.ofDays(11 * 365))))
                .isEqualTo(Verdict.INDETERMINATE);
    }

    @Test
    void keysAreReadableByTheirOwnerOnly() throws Exception {
        EmbeddedAuthority.open(data, CLOCK);

        assertThat(permissions(data.resolve("keys"))).isEqualTo("rwx------");
        assertThat(permissions(data.resolve("keys/embedded-authority.pem"))).isEqualTo("rw-------");
        assertThat(Files.readString(data.resolve("trust/root.pem")))
                .startsWith("-----BEGIN CERTIFICATE-----")
                .doesNotContain("PRIVATE");
        try (Stream<Path> files = Files.walk(data)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(f -> data.relativize(f).toString()))
                    .containsExactlyInAnyOrder("keys/.lock", "keys/embedded-authority.pem", "trust/root.pem");
        }
    }

    @Test
    void keysOpenToOthersAreRefused() throws Exception {
        EmbeddedAuthority.open(data, CLOCK);
        Path file = data.resolve("keys/embedded-authority.pem");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        assertThatThrownBy(() -> EmbeddedAuthority.open(data, CLOCK))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chmod");
    }

    @Test
    void damagedKeyFileIsReportedAndNeverReplaced() throws Exception {
        EmbeddedAuthority.open(data, CLOCK);
        Path file = data.resolve("keys/embedded-authority.pem");
        String good = Files.readString(file);
        String otherKeyFirst = good.substring(good.indexOf("-----END CERTIFICATE-----") + 26) + good;
        for (String bad : List.of(
                "",
                "garbage",
                good.substring(0, good.length() / 2),
                good.replaceFirst("MIG", "AAA"),
                good + good,
                otherKeyFirst,
                good.substring(0, good.indexOf("-----BEGIN CERTIFICATE-----"))
                        + good.substring(good.lastIndexOf("-----BEGIN CERTIFICATE-----")))) {
            Files.writeString(file, bad);
            assertThatThrownBy(() -> EmbeddedAuthority.open(data, CLOCK))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("embedded-authority.pem");
            assertThat(file).hasContent(bad);
        }
    }

    @Test
    void nextStartGivesTheSameAuthority() throws Exception {
        X509Certificate first = EmbeddedAuthority.open(data, CLOCK).root();

        assertThat(EmbeddedAuthority.open(data, CLOCK).root()).isEqualTo(first);
    }

    @Test
    void crashBetweenKeysAndRootIsMendedByTheNextStart() throws Exception {
        X509Certificate root = EmbeddedAuthority.open(data, CLOCK).root();
        Files.delete(data.resolve("trust/root.pem"));
        Files.writeString(data.resolve("keys/embedded-authority.pem.partial"), "half of");

        EmbeddedAuthority again = EmbeddedAuthority.open(data, CLOCK);
        assertThat(TrustAnchors.ofFiles(List.of(again.rootFile())).certificates())
                .containsExactly(root);
    }

    @Test
    void rootOfAnEarlierAuthorityIsKeptBesideTheNewOne() throws Exception {
        X509Certificate old = EmbeddedAuthority.open(data, CLOCK).root();
        Files.move(data.resolve("keys/embedded-authority.pem"), data.resolve("retired.pem"));

        EmbeddedAuthority fresh = EmbeddedAuthority.open(data, CLOCK);
        assertThat(fresh.root()).isNotEqualTo(old);
        List<Path> all;
        try (Stream<Path> files = Files.list(data.resolve("trust"))) {
            all = files.toList();
        }
        assertThat(TrustAnchors.ofFiles(all).certificates()).containsExactlyInAnyOrder(old, fresh.root());
    }

    @Test
    void leafKeysAreRenewedUnderTheSameRootBeforeTheyExpire() throws Exception {
        EmbeddedAuthority first = EmbeddedAuthority.open(data, CLOCK);
        TimestampToken old = first.stamp(DIGEST);
        Instant later = NOW.plus(Duration.ofDays(9 * 365 + 30));

        EmbeddedAuthority renewed = EmbeddedAuthority.open(data, Clock.fixed(later, ZoneOffset.UTC));

        assertThat(renewed.root()).isEqualTo(first.root());
        TimestampToken token = renewed.stamp(DIGEST);
        assertThat(token.authorityCertificate()).isNotEqualTo(old.authorityCertificate());
        assertThat(verdict(renewed, token, later.plus(Duration.ofDays(9 * 365))))
                .isEqualTo(Verdict.VALID);
        assertThat(verdict(renewed, old, later)).isEqualTo(Verdict.VALID);
    }

    @Test
    void clockBeforeTheCertificatesGivesNoToken() throws Exception {
        EmbeddedAuthority.open(data, CLOCK);
        EmbeddedAuthority early =
                EmbeddedAuthority.open(data, Clock.fixed(NOW.minus(Duration.ofDays(2)), ZoneOffset.UTC));

        assertThatThrownBy(() -> early.stamp(DIGEST))
                .isInstanceOfSatisfying(
                        TimestampException.class,
                        e -> assertThat(e.retryHelps()).isFalse());
    }

    @Test
    void threadsStartingAtOnceMakeOneAuthority() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<X509Certificate>> starts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                starts.add(() -> EmbeddedAuthority.open(data, CLOCK).root());
            }
            Set<X509Certificate> roots = new HashSet<>();
            for (Future<X509Certificate> root : threads.invokeAll(starts, 60, TimeUnit.SECONDS)) {
                roots.add(root.get());
            }
            assertThat(roots).hasSize(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void processesStartingAtOnceMakeOneAuthority() throws Exception {
        List<Process> processes = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                processes.add(new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Opener.class.getName(),
                                data.toString())
                        .redirectErrorStream(true)
                        .start());
            }
            Set<String> roots = new HashSet<>();
            for (Process process : processes) {
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(process.exitValue()).as(output).isZero();
                roots.add(output);
            }
            assertThat(roots).hasSize(1);
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
    }

    /** Run in a process of its own: prints the serial number of the root. */
    static final class Opener {
        private Opener() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println(
                    EmbeddedAuthority.open(Path.of(arguments[0]), CLOCK).root().getSerialNumber());
        }
    }

    @Test
    void answersTheQueriesOfOpenSsl() throws Exception {
        EmbeddedAuthority authority = EmbeddedAuthority.open(data, Clock.systemUTC());
        Files.write(data.resolve("data"), DATA);
        openssl("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query");
        Files.write(data.resolve("answer"), authority.respond(Files.readAllBytes(data.resolve("query"))));

        openssl("ts", "-verify", "-queryfile", "query", "-in", "answer", "-CAfile", "trust/root.pem");
    }

    @Test
    void opensslFindsTheCertificatesAndTheCrlInOrder() throws Exception {
        EmbeddedAuthority authority = EmbeddedAuthority.open(data, Clock.systemUTC());
        TimestampToken token = authority.stamp(DIGEST);
        Files.write(
                data.resolve("tsa.der"),
                token.authorityCertificate().orElseThrow().getEncoded());
        Files.write(data.resolve("crl.der"), token.cms().crls().get(0).getEncoded());
        openssl("x509", "-inform", "DER", "-in", "tsa.der", "-out", "tsa.pem");
        openssl("crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem");

        openssl(
                "verify",
                "-x509_strict",
                "-purpose",
                "timestampsign",
                "-crl_check",
                "-CRLfile",
                "crl.pem",
                "-CAfile",
                "trust/root.pem",
                "tsa.pem");
    }

    private void openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        OtherTools.run(data, command.toArray(new String[0])).succeeded();
    }

    private static Verdict verdict(EmbeddedAuthority authority, TimestampToken token, Instant at) {
        List<Finding> findings = new TimestampChecks(authority.anchors(), at).check(token, DIGEST, "x");
        return Verdict.worstOf(findings);
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
