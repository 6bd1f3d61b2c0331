package org.tiezheng.evidence.wacz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.netpreserve.jwarc.WarcReader;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Judges;

class CdxjTest {
    @TempDir
    Path folder;

    @Test
    void linesEqualThoseOfWarcioJsButForDigestAndRecordDigest() throws Exception {
        Path warc = SampleWarc.everything().write(folder.resolve("data.warc.gz"));
        Path index = folder.resolve("index.cdx");
        int lines = Cdxj.write(warc, "data.warc.gz", index);
        List<String> ours = Files.readAllLines(index).stream()
                .map(line -> line.replaceAll(",\"recordDigest\":\"sha256:[0-9a-f]{64}\"", "")
                        .replace("\"digest\":\"sha256:", "\"digest\":\""))
                .sorted()
                .toList();
        String output =
                Judges.node("", "node_modules/warcio/dist/cli.js", "cdx-index", "--format", "cdxj", warc.toString());
        List<String> theirs = output.lines().sorted().toList();
        assertThat(ours).isEqualTo(theirs);
        assertThat(ours).hasSize(lines).hasSizeGreaterThan(14);
    }

    @Test
    void everyLineNamesTheVeryBytesOfItsRecord() throws IOException {
        byte[] warc = SampleWarc.everything().bytes();
        try (WarcGzReader reader = new WarcGzReader(new ByteArrayInputStream(warc))) {
            long end = 0;
            for (WarcGzReader.Record record = reader.next(); record != null; record = reader.next()) {
                WarcGzReader.Extent extent = record.finish();
                assertThat(extent.offset()).isEqualTo(end);
                end = extent.offset() + extent.lengthBytes();
                assertThat(extent.digest())
                        .isEqualTo(Digest.of(
                                Digest.Algorithm.SHA256, Arrays.copyOfRange(warc, (int) extent.offset(), (int) end)));
            }
            assertThat(end).isEqualTo(warc.length);
        }
    }

    @Test
    void jwarcSeesTheSameRecords() throws IOException {
        Path warc = SampleWarc.everything().write(folder.resolve("data.warc.gz"));
        try (WarcReader theirs = new WarcReader(warc);
                WarcGzReader ours = new WarcGzReader(Files.newInputStream(warc))) {
            for (var record : theirs) {
                WarcGzReader.Record mine = ours.next();
                assertThat(mine).isNotNull();
                assertThat(mine.type()).isEqualTo(record.type());
                assertThat(mine.offset()).isEqualTo(theirs.position());
                assertThat(mine.block().readAllBytes())
                        .isEqualTo(record.body().stream().readAllBytes());
            }
            assertThat(ours.next()).isNull();
        }
    }

    @Test
    void aCutOrDamagedWarcIsMalformedAndNothingElse() throws IOException {
        byte[] good = new SampleWarc()
                .response("https://a.example/", 200, "text/html", "hello")
                .bytes();
        for (int length = 1; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> readAll(cut)).as("cut to %s", length).isInstanceOf(MalformedWarcException.class);
        }
        String content = readAll(good);
        int undetected = 0;
        for (int i = 0; i < good.length; i++) {
            byte[] flipped = good.clone();
            flipped[i] ^= 0x10;
            try {
                // Time and system in the gzip header and padding bits after the last deflate block say nothing.
                assertThat(readAll(flipped)).as("byte %s", i).isEqualTo(content);
                undetected++;
            } catch (MalformedWarcException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
        assertThat(undetected).isLessThanOrEqualTo(7);
    }

    @Test
    void twoRecordsInOneMemberAreMalformed() {
        byte[] record =
                "WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThatThrownBy(() -> readAll(new SampleWarc()
                        .member(SampleWarc.concat(record, record))
                        .bytes()))
                .isInstanceOf(MalformedWarcException.class);
    }

    private static String readAll(byte[] warc) throws IOException {
        StringBuilder content = new StringBuilder();
        try (WarcGzReader reader = new WarcGzReader(new ByteArrayInputStream(warc))) {
            for (WarcGzReader.Record record = reader.next(); record != null; record = reader.next()) {
                content.append(record.version()).append(record.fields());
                content.append(HexFormat.of().formatHex(record.block().readAllBytes()));
            }
        }
        return content.toString();
    }
}
