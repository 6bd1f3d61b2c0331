package org.tiezheng.evidence.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.OtherTools;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.TrustAnchors;

class SealerTest {
    private static final Clock CLOCK = Clock.systemUTC();

    @TempDir
    Path folder;

    private Path wacz;
    private Digests digests;
    private EmbeddedAuthority embedded;

    @BeforeEach
    void prepare() throws IOException {
        wacz = folder.resolve("capture.wacz");
        try (DigestingOutputStream out = new DigestingOutputStream(Files.newOutputStream(wacz))) {
            out.write("not really a WACZ, but sealing does not look inside".getBytes(StandardCharsets.UTF_8));
            digests = out.digests();
        }
        embedded = EmbeddedAuthority.open(folder.resolve("data"), CLOCK);
    }

    @Test
    void otherFilesAreSealedIntoTheSameKindOfContainer() throws Exception {
        Path report = Files.writeString(folder.resolve("a.pdf"), "not really a PDF");
        Path table = Files.writeString(folder.resolve("b.csv"), "名,数\n");
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("report.pdf", report);
        files.put("tables/one.csv", table);

        SealedFiles sealed = new Sealer(embedded.signer(), List.of(embedded), CLOCK)
                .sealFiles(files, folder.resolve("report.asice"));

        assertThat(sealed.tokens()).hasSize(1);
        assertThat(sealed.sha256()).isEqualTo(Digest.of(Digest.Algorithm.SHA256, Files.readAllBytes(sealed.path())));
        Map<String, byte[]> members = members(sealed.path());
        assertThat(members).hasSize(9).containsEntry("report.pdf", Files.readAllBytes(report));
        byte[] manifest = members.get("META-INF/ASiCManifest001.xml");
        assertThat(new String(manifest, StandardCharsets.UTF_8))
                .contains("URI=\"report.pdf\" MimeType=\"application/pdf\"", "tables/one.csv", "SM3SUMS");
        List<Finding> findings = new SignatureChecks(TrustAnchors.of(embedded.root()), CLOCK.instant())
                .check(members.get("META-INF/signature001.p7s"), manifest, "signature");
        assertThat(findings).isNotEmpty().allMatch(f -> f.verdict() == Verdict.VALID);
        byte[] stamped = members.get("META-INF/ASiCManifest002.xml");
        assertThat(TimestampToken.parse(members.get("META-INF/timestamp002.tst"))
                        .imprint())
                .isEqualTo(Digest.of(Digest.Algorithm.SHA256, stamped).bytes());
        assertThatThrownBy(() ->
                        new Sealer(embedded.signer(), List.of(), CLOCK).sealFiles(files, folder.resolve("other.asice")))
                .isInstanceOf(SealException.class);
        assertThat(folder.resolve("other.asice")).doesNotExist();
    }

    @Test
    void sealedPackageSatisfiesOurChecksAndOpenSsl() throws Exception {
        SealedPackage sealed = new Sealer(embedded.signer(), List.of(embedded), CLOCK)
                .seal(wacz, digests, "p1", folder.resolve("out"));

        Map<String, byte[]> members = members(sealed.path());
        byte[] manifest = members.get("META-INF/ASiCManifest001.xml");
        byte[] signature = members.get("META-INF/signature001.p7s");
        byte[] stamped = members.get("META-INF/ASiCManifest002.xml");
        byte[] token = members.get("META-INF/timestamp002.tst");
        TrustAnchors anchors = TrustAnchors.ofFiles(List.of(embedded.rootFile()));
        List<Finding> signatureFindings =
                new SignatureChecks(anchors, CLOCK.instant()).check(signature, manifest, "META-INF/signature001.p7s");
        List<Finding> tokenFindings = new TimestampChecks(anchors, CLOCK.instant())
                .check(token, Digest.of(Digest.Algorithm.SHA256, stamped), "META-INF/timestamp002.tst");
        assertThat(signatureFindings).extracting(Finding::verdict).containsOnly(Verdict.VALID);
        assertThat(signatureFindings)
                .extracting(f -> f.code().name())
                .containsExactly(
                        "S01", "S02", "S03", "S04", "S05", "T01", "T02", "T03", "T04", "T05", "T06", "T07", "T08",
                        "T09");
        assertThat(tokenFindings).extracting(Finding::verdict).containsOnly(Verdict.VALID);
        assertThat(sealed.failures()).isEmpty();
        assertThat(sealed.tokens())
                .singleElement()
                .satisfies(t -> assertThat(t.embedded()).isTrue());

        Path dir = folder.resolve("x");
        members.forEach((name, bytes) -> write(dir.resolve(name), bytes));
        OtherTools.run(
                        dir,
                        "openssl",
                        "ts",
                        "-verify",
                        "-token_in",
                        "-in",
                        "META-INF/timestamp002.tst",
                        "-data",
                        "META-INF/ASiCManifest002.xml",
                        "-CAfile",
                        embedded.rootFile().toString())
                .succeeded();
        OtherTools.run(
                        dir,
                        "openssl",
                        "cms",
                        "-verify",
                        "-cades",
                        "-binary",
                        "-inform",
                        "DER",
                        "-in",
                        "META-INF/signature001.p7s",
                        "-content",
                        "META-INF/ASiCManifest001.xml",
                        "-CAfile",
                        embedded.rootFile().toString(),
                        "-purpose",
                        "any",
                        "-out",
                        "/dev/null")
                .succeeded();
    }

    @Test
    void authorityThatIsDownIsReportedAndTheOthersSeal() throws Exception {
        SealedPackage sealed = new Sealer(embedded.signer(), List.of(new Down(), embedded), CLOCK)
                .seal(wacz, digests, "p1", folder.resolve("out"));

        assertThat(sealed.failures()).containsExactly(new TimestampFailure("down", "down: on holiday", true));
        assertThat(sealed.tokens())
                .singleElement()
                .satisfies(t -> assertThat(t.member()).isEqualTo("META-INF/timestamp002.tst"));
        assertThat(sealed.signatureTimestamp()).isEqualTo("embedded");
    }

    @Test
    void withoutAnyAuthorityNothingIsWritten() throws Exception {
        Path out = folder.resolve("out");
        assertThatThrownBy(
                        () -> new Sealer(embedded.signer(), List.of(new Down()), CLOCK).seal(wacz, digests, "p1", out))
                .isInstanceOfSatisfying(SealException.class, e -> {
                    assertThat(e.retryHelps()).isTrue();
                    assertThat(e.failures()).hasSize(1);
                })
                .hasMessageContaining("down: on holiday");
        assertThat(out).isEmptyDirectory();
        assertThat(wacz).exists();

        assertThatThrownBy(() -> new Sealer(embedded.signer(), List.of(), CLOCK).seal(wacz, digests, "p1", out))
                .isInstanceOf(SealException.class)
                .hasMessageContaining("no time-stamp authority is configured");
    }

    @Test
    void tokenThatDoesNotLeadToItsOwnAnchorIsNotUsed() throws Exception {
        EmbeddedAuthority other = EmbeddedAuthority.open(folder.resolve("other"), CLOCK);
        TimestampAuthority untrusted = new Renamed("untrusted", embedded, other.anchors());

        assertThatThrownBy(() -> new Sealer(embedded.signer(), List.of(untrusted), CLOCK)
                        .seal(wacz, digests, "p1", folder.resolve("out")))
                .isInstanceOf(SealException.class)
                .hasMessageContaining("T06 INDETERMINATE");
        assertThat(folder.resolve("out")).isEmptyDirectory();
    }

    @Test
    void eachFurtherAuthorityStampsAManifestOfItsOwn() throws Exception {
        EmbeddedAuthority other = EmbeddedAuthority.open(folder.resolve("other"), CLOCK);
        SealedPackage sealed = new Sealer(
                        embedded.signer(), List.of(embedded, new Renamed("other", other, other.anchors())), CLOCK)
                .seal(wacz, digests, "p1", folder.resolve("out"));

        Map<String, byte[]> members = members(sealed.path());
        assertThat(new TimestampChecks(other.anchors(), CLOCK.instant())
                        .check(
                                members.get("META-INF/timestamp003.tst"),
                                Digest.of(Digest.Algorithm.SHA256, members.get("META-INF/ASiCManifest003.xml")),
                                "x"))
                .extracting(Finding::verdict)
                .containsOnly(Verdict.VALID);
        assertThat(sealed.tokens())
                .extracting(SealedPackage.Stamped::member)
                .containsExactly("META-INF/timestamp002.tst", "META-INF/timestamp003.tst");
    }

    @Test
    void anotherFileThanTheOneThatWasHashedIsNotSealed() throws Exception {
        try (OutputStream more = Files.newOutputStream(wacz, java.nio.file.StandardOpenOption.APPEND)) {
            more.write('!');
        }
        Path out = folder.resolve("out");
        assertThatThrownBy(() -> new Sealer(embedded.signer(), List.of(embedded), CLOCK).seal(wacz, digests, "p1", out))
                .isInstanceOf(IOException.class);
        assertThat(out.resolve("p1.asice")).doesNotExist();
    }

    @Test
    void sealedPackageIsNeverReplaced() throws Exception {
        Sealer sealer = new Sealer(embedded.signer(), List.of(embedded), CLOCK);
        SealedPackage first = sealer.seal(wacz, digests, "p1", folder.resolve("out"));
        byte[] before = Files.readAllBytes(first.path());

        assertThatThrownBy(() -> sealer.seal(wacz, digests, "p1", folder.resolve("out")))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(first.path()).hasBinaryContent(before);
    }

    @Test
    void notBeforeTokenIsOverTheNonce() throws Exception {
        NotBefore bound = NotBefore.obtain(List.of(new Down(), embedded), CLOCK);
        TimestampChecks checks = new TimestampChecks(embedded.anchors(), CLOCK.instant());

        assertThat(NotBefore.check(checks, bound.nonce(), bound.token().der(), "x"))
                .extracting(Finding::verdict)
                .containsOnly(Verdict.VALID);
        byte[] other = bound.nonce();
        other[31] ^= 1;
        assertThat(NotBefore.check(checks, other, bound.token().der(), "x"))
                .filteredOn(f -> f.verdict() != Verdict.VALID)
                .singleElement()
                .satisfies(f -> assertThat(f.toString()).startsWith("T01 INVALID"));
        assertThat(bound.authority()).isEqualTo("embedded");
    }

    private static final class Down implements TimestampAuthority {
        @Override
        public String name() {
            return "down";
        }

        @Override
        public TrustAnchors anchors() {
            return TrustAnchors.none();
        }

        @Override
        public boolean embedded() {
            return false;
        }

        @Override
        public TimestampToken stamp(Digest sha256) throws TimestampException {
            throw new TimestampException("down: on holiday", true);
        }
    }

    private record Renamed(String name, TimestampAuthority real, TrustAnchors anchors) implements TimestampAuthority {
        @Override
        public boolean embedded() {
            return false;
        }

        @Override
        public TimestampToken stamp(Digest sha256) throws TimestampException {
            return real.stamp(sha256);
        }
    }

    private static Map<String, byte[]> members(Path zip) throws IOException {
        Map<String, byte[]> members = new HashMap<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                members.put(entry.getName(), in.readAllBytes());
            }
        }
        return members;
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
