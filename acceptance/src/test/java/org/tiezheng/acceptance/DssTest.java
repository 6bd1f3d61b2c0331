package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.seal.SealedFiles;
import org.tiezheng.evidence.seal.SealedPackage;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.http.ForeignAuthority;
import org.tiezheng.evidence.time.http.HttpTimestampAuthority;
import org.tiezheng.evidence.trust.TrustAnchors;

/** EU DSS 6.4 accepts a package that our sealer made, without a warning, and refuses a changed one. */
class DssTest {
    private static final Clock CLOCK = Clock.systemUTC();
    private static final byte[] CONTENT =
            "DSS does not look into the WACZ; its bytes are what is signed".getBytes(StandardCharsets.UTF_8);

    private static final Path VECTORS = Path.of("..", "vectors");

    @TempDir
    Path folder;

    private EmbeddedAuthority embedded;
    private SealedPackage sealed;

    private Path wacz;
    private Digests digests;

    @BeforeEach
    void seal() throws Exception {
        wacz = folder.resolve("capture.wacz");
        try (DigestingOutputStream out = new DigestingOutputStream(Files.newOutputStream(wacz))) {
            out.write(CONTENT);
            digests = out.digests();
        }
        embedded = EmbeddedAuthority.open(folder.resolve("data"), CLOCK);
        sealed = new Sealer(embedded.signer(), List.of(embedded), CLOCK).seal(wacz, digests, "p1", folder);
    }

    @Test
    void sealedPackagePassesTotally() {
        Dss.Verdict verdict = Dss.judge(sealed.path(), embedded.anchors());

        assertThat(verdict.signature()).as(verdict.toString()).isEqualTo(Indication.TOTAL_PASSED);
        assertThat(verdict.level()).isEqualTo(SignatureLevel.CAdES_BASELINE_LT);
        assertThat(verdict.timestamps()).isNotEmpty().containsOnly(Indication.PASSED);
        assertThat(verdict.warnings()).isEmpty();
    }

    @Test
    void aReportSealedInTheSameWayPassesTotally() throws Exception {
        Path pdf = Files.writeString(folder.resolve("r.pdf"), "DSS does not look into the report either");
        Path out = folder.resolve("report.asice");

        SealedFiles report =
                new Sealer(embedded.signer(), List.of(embedded), CLOCK).sealFiles(Map.of("report.pdf", pdf), out);

        Dss.Verdict verdict = Dss.judge(report.path(), embedded.anchors());
        assertThat(verdict.signature()).as(verdict.toString()).isEqualTo(Indication.TOTAL_PASSED);
        assertThat(verdict.level()).isEqualTo(SignatureLevel.CAdES_BASELINE_LT);
        assertThat(verdict.timestamps()).isNotEmpty().containsOnly(Indication.PASSED);
        assertThat(verdict.warnings()).isEmpty();
    }

    /** The foreign token comes from openssl without a CRL; our client added it, which DSS must not mind, and needs. */
    @Test
    void packageWithAForeignTimestampPassesTotally() throws Exception {
        try (ForeignAuthority foreign = new ForeignAuthority(folder.resolve("foreign"))) {
            TimestampAuthority external =
                    new HttpTimestampAuthority(foreign.url("/tsa"), foreign.anchors(), Duration.ofSeconds(60));
            SealedPackage both =
                    new Sealer(embedded.signer(), List.of(external, embedded), CLOCK).seal(wacz, digests, "p2", folder);

            Dss.Verdict verdict = Dss.judge(both.path(), embedded.anchors().and(foreign.anchors()));

            assertThat(verdict.signature()).as(verdict.toString()).isEqualTo(Indication.TOTAL_PASSED);
            assertThat(verdict.timestamps()).hasSize(2).containsOnly(Indication.PASSED);
        }
    }

    @Test
    void withoutTheRootItStaysOpen() {
        Dss.Verdict verdict = Dss.judge(sealed.path(), TrustAnchors.none());

        assertThat(verdict.signature()).isEqualTo(Indication.INDETERMINATE);
        assertThat(verdict.timestamps()).containsOnly(Indication.INDETERMINATE);
    }

    @Test
    void oneFlippedByteOfTheContentFails() throws IOException {
        byte[] bytes = Files.readAllBytes(sealed.path());
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("DSS does not look");
        bytes[at] ^= 1;
        // The CRC-32 would give it away first: DSS is to find the digest wrong.
        Path changed = folder.resolve("changed.asice");
        Files.write(changed, withCrc(bytes, at));

        Dss.Verdict verdict = Dss.judge(changed, embedded.anchors());

        assertThat(verdict.signature()).as(verdict.toString()).isEqualTo(Indication.TOTAL_FAILED);
        assertThat(verdict.timestamps()).contains(Indication.FAILED);
    }

    /** A record, a renewed one, and the attack on them: DSS and our verifier agree. */
    @Test
    void evidenceRecordsAreJudgedAsWeJudgeThem() throws IOException {
        TrustAnchors anchors = TrustAnchors.ofFiles(List.of(VECTORS.resolve("trust.pem")));
        Instant time = Instant.parse("2026-11-21T12:00:00Z");

        for (String good : List.of("evidence-record", "evidence-record-renewed")) {
            Dss.Verdict verdict =
                    Dss.judge(VECTORS.resolve("good").resolve(good).resolve("package.asice"), anchors, time);
            assertThat(verdict.records()).as(good + verdict).containsExactly(Indication.PASSED);
            assertThat(verdict.signature()).as(good + verdict).isEqualTo(Indication.TOTAL_PASSED);
        }
        for (String bad : List.of(
                "A3_record-of-other-data",
                "R01_a-file-left-out",
                "R02_other-root",
                "R03_renews-another-token",
                "R05_chains-not-covered")) {
            Dss.Verdict verdict =
                    Dss.judge(VECTORS.resolve("bad").resolve(bad).resolve("package.asice"), anchors, time);
            assertThat(verdict.records()).as(bad + verdict).doesNotContain(Indication.PASSED);
        }
    }

    /** Puts the CRC-32 of the changed content wherever the old one stands. */
    private static byte[] withCrc(byte[] zip, int contentAt) {
        java.util.zip.CRC32 before = new java.util.zip.CRC32();
        before.update(CONTENT);
        java.util.zip.CRC32 after = new java.util.zip.CRC32();
        after.update(zip, contentAt, CONTENT.length);
        String text = new String(zip, StandardCharsets.ISO_8859_1);
        return text.replace(littleEndian(before.getValue()), littleEndian(after.getValue()))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String littleEndian(long crc) {
        byte[] bytes = {(byte) crc, (byte) (crc >> 8), (byte) (crc >> 16), (byte) (crc >> 24)};
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
