package org.tiezheng.evidence.warc;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;

/** Any bytes: records or an IOException. {@code JAZZER_FUZZ=1} makes it search for more. */
class WarcReaderFuzzTest {

    @FuzzTest(maxDuration = "30s")
    void compressed(byte[] input) {
        readAll(input);
    }

    /** The same behind a right gzip member, which a fuzzer cannot guess. */
    @FuzzTest(maxDuration = "30s")
    void plain(byte[] input) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(input);
        }
        readAll(out.toByteArray());
    }

    private static void readAll(byte[] file) {
        try (WarcReader reader = new WarcReader(new ByteArrayInputStream(file))) {
            WarcReader.Record record;
            while ((record = reader.next()) != null) {
                assertThat(record.offset()).isBetween(0L, (long) file.length);
                long read = record.block().readAllBytes().length;
                assertThat(read).isEqualTo(record.blockBytes());
            }
            assertThat(reader.offset()).isEqualTo(file.length);
        } catch (IOException e) {
            assertThat(e).isInstanceOf(WarcException.class);
        }
    }
}
