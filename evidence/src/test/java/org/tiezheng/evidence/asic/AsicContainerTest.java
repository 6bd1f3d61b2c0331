package org.tiezheng.evidence.asic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.OtherTools;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLayout;

/** Proofs are made-up bytes here; real ones are sealed and judged in {@code evidence.seal} and in the acceptance tests. */
class AsicContainerTest {
    private static final byte[] WACZ = "stands for a WACZ".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private Path wacz;
    private Path out;
    private PackageContent content;

    @BeforeEach
    void prepare() throws IOException {
        wacz = Files.write(folder.resolve("capture.wacz"), WACZ);
        out = folder.resolve("x.asice");
        content = PackageContent.of(new Digests(
                Digest.of(Digest.Algorithm.SHA256, WACZ), Digest.of(Digest.Algorithm.SM3, WACZ), WACZ.length));
    }

    private List<AsicContainer.Proof> proofs() {
        List<AsicContainer.Proof> proofs = new ArrayList<>();
        proofs.add(new AsicContainer.Proof(
                AsicNames.manifest(1),
                AsicManifest.forSignature(1, content.manifestEntries()).toXml()));
        proofs.add(new AsicContainer.Proof(AsicNames.signature(1), new byte[] {1}));
        proofs.add(new AsicContainer.Proof(
                AsicNames.manifest(2),
                AsicManifest.forTimestamp(2, content.manifestEntries()).toXml()));
        proofs.add(new AsicContainer.Proof(AsicNames.timestamp(2), new byte[] {2}));
        proofs.add(new AsicContainer.Proof(AsicNames.manifest(3), new byte[] {3}));
        proofs.add(new AsicContainer.Proof(AsicNames.timestamp(3), new byte[] {3}));
        proofs.add(new AsicContainer.Proof("META-INF/sm2-timestamp001.tsr", new byte[] {4}));
        proofs.add(new AsicContainer.Proof("META-INF/ASiCEvidenceRecordManifest001.xml", new byte[] {5}));
        proofs.add(new AsicContainer.Proof("META-INF/evidencerecord001.ers", new byte[] {6}));
        proofs.add(new AsicContainer.Proof("META-INF/log001.tlog-proof", new byte[] {7}));
        proofs.add(new AsicContainer.Proof("META-INF/trust/a002.pem", new byte[] {8}));
        proofs.add(new AsicContainer.Proof("META-INF/trust/root.pem", new byte[] {9}));
        return proofs;
    }

    @Test
    void membersStandInTheOneOrderOfTheFormatWhateverOrderTheyCameIn() throws IOException {
        List<AsicContainer.Proof> reversed = proofs();
        Collections.reverse(reversed);
        AsicContainer.write(out, content, wacz, reversed);
        try (FileChannel channel = FileChannel.open(out)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            assertThat(zip.findings()).isEmpty();
            List<String> expected = new ArrayList<>(List.of("mimetype"));
            expected.addAll(AsicNames.COVERED);
            proofs().forEach(proof -> expected.add(proof.name()));
            assertThat(zip.members()).extracting(Member::name).isEqualTo(expected);
        }
        Path again = folder.resolve("again.asice");
        AsicContainer.write(again, content, wacz, proofs());
        assertThat(again).hasSameBinaryContentAs(out);
    }

    @Test
    void strangersToolsCheckTheUnpackedFiles() throws Exception {
        Digest sha256 = AsicContainer.write(out, content, wacz, proofs());
        assertThat(OtherTools.run(folder, "sha256sum", "x.asice").succeeded().output())
                .startsWith(sha256.hex());
        assertThat(OtherTools.run(folder, "file", "x.asice").succeeded().output())
                .contains("application/vnd.etsi.asic-e+zip");
        Path unpacked = Files.createDirectory(folder.resolve("unpacked"));
        OtherTools.run(unpacked, "unzip", "-q", "../x.asice").succeeded();
        assertThat(OtherTools.run(unpacked, "sha256sum", "-c", "--strict", "SHA256SUMS")
                        .succeeded()
                        .output())
                .contains("wacz/capture.wacz: OK", "datapackage.json: OK", "VERIFY.txt: OK");
        assertThat(OtherTools.run(unpacked, "cksum", "--check", "--strict", "SM3SUMS")
                        .succeeded()
                        .output())
                .contains("wacz/capture.wacz: OK", "datapackage.json: OK", "VERIFY.txt: OK");
        OtherTools.run(unpacked, "xmllint", "--noout", "META-INF/ASiCManifest001.xml")
                .succeeded();
        OtherTools.run(unpacked, "python3", "-m", "json.tool", "datapackage.json")
                .succeeded();
        // Step 2 of VERIFY.txt.
        String digest = OtherTools.run(unpacked, "sh", "-c", "openssl dgst -sha256 -binary wacz/capture.wacz | base64")
                .succeeded()
                .output()
                .strip();
        assertThat(OtherTools.run(unpacked, "grep", "-A", "2", "wacz/capture.wacz", "META-INF/ASiCManifest001.xml")
                        .succeeded()
                        .output())
                .contains(">" + digest + "<");
    }

    @Test
    void theLayoutOfSeparateObjectsIsTheSamePackage() throws IOException {
        AsicContainer.write(out, content, wacz, proofs());
        byte[] file = Files.readAllBytes(out);
        try (FileChannel channel = FileChannel.open(out)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            ZipLayout layout = ZipLayout.of(zip.members().stream()
                    .map(m -> new ZipLayout.Item(m.name(), m.sizeBytes(), m.crc32()))
                    .toList());
            java.io.ByteArrayOutputStream streamed = new java.io.ByteArrayOutputStream();
            layout.write(streamed, 0, layout.sizeBytes(), (name, offset) -> {
                Member member = zip.member(name).orElseThrow();
                return zip.open(member, offset, member.sizeBytes() - offset);
            });
            assertThat(streamed.toByteArray()).isEqualTo(file);
        }
    }

    @Test
    void aWaczThatChangedAfterItWasHashedGivesNoPackage() throws IOException {
        Files.writeString(wacz, "another");
        assertThatThrownBy(() -> AsicContainer.write(out, content, wacz, proofs()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has changed");
        assertThat(folder).isDirectoryNotContaining("glob:**asice*");
    }

    @Test
    void anExistingPackageIsNeverOverwritten() throws IOException {
        Files.writeString(out, "evidence");
        assertThatThrownBy(() -> AsicContainer.write(out, content, wacz, proofs()))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(out).hasContent("evidence");
    }

    @Test
    void whatAnInterruptedAttemptLeftIsReplaced() throws IOException {
        Files.writeString(folder.resolve("x.asice.part"), "left over");
        AsicContainer.write(out, content, wacz, proofs());
        assertThat(out).exists();
        assertThat(folder.resolve("x.asice.part")).doesNotExist();
    }

    @Test
    void unknownAndRepeatedProofsAreRefused() {
        assertThatThrownBy(() -> new AsicContainer.Proof("META-INF/other.xml", new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
        AsicContainer.Proof proof = new AsicContainer.Proof(AsicNames.signature(1), new byte[0]);
        assertThatThrownBy(() -> AsicContainer.write(out, content, wacz, List.of(proof, proof)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(folder).isDirectoryNotContaining("glob:**asice*");
    }

    @Test
    void metaInfNamesAreKnownOrNot() {
        assertThat(AsicNames.Kind.of("META-INF/ASiCManifest001.xml")).contains(AsicNames.Kind.MANIFEST);
        assertThat(AsicNames.Kind.of("META-INF/ASiCEvidenceRecordManifest001.xml"))
                .contains(AsicNames.Kind.EVIDENCE_RECORD_MANIFEST);
        for (String name : List.of(
                "META-INF/ASiCManifest1.xml",
                "META-INF/ASiCManifest001.xml.bak",
                "META-INF/signature.p7s",
                "META-INF/trust/../x.pem",
                "META-INF/trust/a/b.pem",
                "META-INF/manifest.xml",
                "meta-inf/ASiCManifest001.xml")) {
            assertThat(AsicNames.Kind.of(name)).as(name).isEmpty();
        }
    }
}
