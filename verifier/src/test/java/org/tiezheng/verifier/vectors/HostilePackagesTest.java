package org.tiezheng.verifier.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/** Packages that nobody makes by accident: no exception, bounded reports, never VALID. */
class HostilePackagesTest {
    @TempDir
    private Path folder;

    @Test
    void aDirectoryThatListsOneMemberTwice() throws IOException {
        byte[] good = Files.readAllBytes(VectorFiles.ROOT.resolve("good/plain").resolve(Vector.PACKAGE));
        ByteBuffer end = ByteBuffer.wrap(good, good.length - 22, 22).slice().order(ByteOrder.LITTLE_ENDIAN);
        int entries = end.getShort(10);
        int centralSize = end.getInt(12);
        int centralOffset = end.getInt(16);
        int firstLength = 46 + "mimetype".length();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(good, 0, centralOffset + centralSize);
        out.write(good, centralOffset, firstLength);
        end.putShort(8, (short) (entries + 1))
                .putShort(10, (short) (entries + 1))
                .putInt(12, centralSize + firstLength);
        out.write(good, good.length - 22, 22);
        byte[] tail = out.toByteArray();
        System.arraycopy(end.array(), end.arrayOffset(), tail, tail.length - 22, 22);

        Report report = verify(tail);

        assertThat(report.verdict()).isEqualTo(Verdict.INVALID);
        assertThat(report.findings()).extracting(Finding::code).contains(Code.Z04);
    }

    @Test
    void aMillionFindingsAreCounted() throws Exception {
        Sample sample = new Sample(folder);
        byte[] index = "no line of an index\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        Map<String, byte[]> resources = sample.resourcesWith("indexes/index.cdx", index);

        Report report = verify(sample.sealedBytes(sample.wacz(resources)));

        List<Finding> lines =
                report.problems().stream().filter(f -> f.code() == Code.W06).toList();
        assertThat(lines).hasSizeLessThan(100);
        assertThat(lines.get(lines.size() - 1).details())
                .containsEntry("more", Integer.toString(20_000 - lines.size()));
    }

    @Test
    void aHundredWarcsAreReadByOneThread() throws Exception {
        Sample sample = new Sample(folder);
        Map<String, byte[]> resources =
                sample.resourcesWith("archive/data.warc.gz", sample.resources.get("archive/data.warc.gz"));
        for (int i = 0; i < 100; i++) {
            resources.put("archive/more-" + i + ".warc.gz", new byte[] {1, 2, 3});
        }

        Report report = verify(sample.sealedBytes(sample.wacz(resources)));

        assertThat(report.problems())
                .extracting(Finding::code)
                .containsOnly(Code.W07, Code.S04, Code.S05, Code.T06, Code.T07);
    }

    /** Not hostile at all: shops have long addresses, and heads of up to 256 KiB are decoded. */
    @Test
    void aVeryLongAddressIsRecordedAndVerifies() throws Exception {
        Sample sample = new Sample(folder);
        Sample.Recording recording = sample.recording("/item/42?" + "x".repeat(250_000), Sample.PAGE, false);
        Map<String, byte[]> resources = sample.resourcesWith("archive/data.warc.gz", recording.warc());
        resources.put("indexes/index.cdx", recording.index());

        Report report = verify(sample.sealedBytes(sample.wacz(resources)));

        assertThat(report.problems()).extracting(Finding::code).containsOnly(Code.S04, Code.S05, Code.T06, Code.T07);
    }

    @Test
    void bytesThatAreNoZipAtAll() throws IOException {
        for (byte[] bytes : new byte[][] {{0}, new byte[70_000], "PK".getBytes(StandardCharsets.US_ASCII)}) {
            assertThat(verify(bytes).problems()).extracting(Finding::code).containsOnly(Code.Z01);
        }
    }

    @Test
    void anEmptyZip() throws IOException {
        byte[] empty = Arrays.copyOf(new byte[] {'P', 'K', 5, 6}, 22);

        assertThat(verify(empty).verdict()).isEqualTo(Verdict.INVALID);
    }

    private Report verify(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("hostile.asice"), bytes);
        return new Verifier(TrustAnchors.none(), Sample.VERIFIED, VerifierOptions.DEFAULT).verify(file);
    }
}
