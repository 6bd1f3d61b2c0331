package org.tiezheng.verifier.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.asic.AsicManifest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.verifier.Note;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/** Changes beside what is signed: added proofs that are none, and members in another order. */
class ClosedWorldTest {
    private static final String PEM = "META-INF/trust/page.pem";
    private static final String RECORD_MANIFEST = "META-INF/ASiCEvidenceRecordManifest001.xml";
    private static final String RECORD = "META-INF/evidencerecord001.ers";

    /** Said again here: the limit is part of the format. */
    private static final int MAX_TRUST_BYTES = 65_536;

    @TempDir
    private Path folder;

    private RawZip zip = new RawZip();
    private byte[] root = {};

    @BeforeEach
    void readGoodPackage() throws IOException {
        zip = RawZip.of(RawZip.members(VectorFiles.ROOT.resolve("good/plain").resolve(Vector.PACKAGE)));
        root = Files.readAllBytes(VectorFiles.TRUST);
    }

    @Test
    void trustFilesMayHoldCertificatesAndNothingElse() throws IOException {
        String pem = new String(root, StandardCharsets.US_ASCII);
        byte[] tail = Arrays.copyOf(root, root.length + 1);
        tail[root.length] = 'x';
        for (String other : List.of(
                "",
                "<html>hello</html>",
                pem + "<html>hello</html>",
                "<html>hello</html>\n" + pem,
                pem.replaceFirst("-----\n", "-----\nNote: hello\n\n"),
                pem.replace("CERTIFICATE", "PRIVATE KEY"),
                pem + pem,
                pem + "\n".repeat(MAX_TRUST_BYTES))) {
            RawZip changed = with(PEM, other.getBytes(StandardCharsets.US_ASCII));

            assertThat(Vector.said(verify(changed))).as(other).containsExactly("M07 INVALID");
        }
        assertThat(Vector.said(verify(with(PEM, tail)))).containsExactly("M07 INVALID");
        assertThat(verify(with(PEM, root)).verdict()).isEqualTo(Verdict.VALID);
        assertThat(verify(with(PEM, pem.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII)))
                        .verdict())
                .isEqualTo(Verdict.VALID);
    }

    @Test
    void anEvidenceRecordManifestMustBeOneAndNameARecord() throws IOException {
        Report junk = verify(with(RECORD_MANIFEST, new byte[] {'j', 'u', 'n', 'k'}));
        assertThat(Vector.said(junk)).containsExactly("M05 INVALID");
        assertThat(junk.notes()).doesNotContain(Note.EVIDENCE_RECORD_NOT_PRESENT);

        assertThat(Vector.said(verify(with(RECORD_MANIFEST, manifestOf(RECORD)))))
                .containsExactly("M06 INVALID");
        assertThat(Vector.said(verify(with(RECORD_MANIFEST, manifestOf(AsicNames.timestamp(2))))))
                .containsExactly("M06 INVALID");
    }

    @Test
    void laterProofsInTheirOrderAreAcceptedAndListedAsNotSealed() throws IOException {
        zip.addText("META-INF/sm2-timestamp001.tsr", "token");
        zip.add(PEM, root);

        Report report = verify(zip);

        assertThat(report.problems()).isEmpty();
        assertThat(report.notes()).contains(Note.NOT_SEALED);
        assertThat(report.notSealed()).containsExactly("META-INF/sm2-timestamp001.tsr", PEM);
    }

    @Test
    void aRecordThatNoManifestNamesIsRefused() throws IOException {
        assertThat(Vector.said(verify(with(RECORD, new byte[] {1})))).containsExactly("M07 INVALID");
    }

    @Test
    void aSecondManifestForATokenIsRefused() throws IOException {
        byte[] copy = zip.entry(AsicNames.manifest(2)).content;

        assertThat(Vector.said(verify(with(AsicNames.manifest(3), copy)))).containsExactly("M06 INVALID");
    }

    @Test
    void noTwoMembersMayChangePlaces() throws IOException {
        for (int i = 0; i < zip.entries.size(); i++) {
            for (int j = i + 1; j < zip.entries.size(); j++) {
                Collections.swap(zip.entries, i, j);
                assertThat(Vector.said(verify(zip))).as(i + " and " + j).containsExactly("Z07 INVALID");
                Collections.swap(zip.entries, i, j);
            }
        }
        assertThat(verify(zip).verdict()).isEqualTo(Verdict.VALID);
    }

    @Test
    void optionalChecksSayThatTheyWereMade() throws IOException {
        Report all = new Verifier(anchors(), Sample.VERIFIED, new VerifierOptions(true, true)).verify(write(zip));

        assertThat(all.notes())
                .contains(Note.SM3_EQUAL, Note.DERIVATION_EQUAL)
                .doesNotContain(Note.SM3_NOT_CHECKED, Note.DERIVATION_NOT_REPEATED, Note.NOT_SEALED);
        assertThat(verify(zip).notes()).doesNotContain(Note.SM3_EQUAL, Note.DERIVATION_EQUAL);
    }

    private byte[] manifestOf(String reference) {
        AsicManifest stamped = AsicManifest.parse(zip.entry(AsicNames.manifest(2)).content, "manifest")
                .toOptional()
                .orElseThrow();
        return new AsicManifest(reference, null, stamped.entries()).toXml();
    }

    /** The package with one more member; not kept. */
    private RawZip with(String name, byte[] content) {
        RawZip more = new RawZip();
        more.entries.addAll(zip.entries);
        return more.add(name, content);
    }

    private Path write(RawZip forged) throws IOException {
        return Files.write(folder.resolve("forged.asice"), forged.toBytes());
    }

    private Report verify(RawZip forged) throws IOException {
        return new Verifier(anchors(), Sample.VERIFIED, VerifierOptions.DEFAULT).verify(write(forged));
    }

    private static TrustAnchors anchors() throws IOException {
        return TrustAnchors.ofFiles(List.of(VectorFiles.TRUST));
    }
}
