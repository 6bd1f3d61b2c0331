package org.tiezheng.evidence.wacz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Pages choose URLs and bodies, strangers choose WARC files: none of them may end in an unchecked exception. */
class WaczFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void warc(byte[] bytes) throws IOException {
        try (WarcGzReader reader = new WarcGzReader(new ByteArrayInputStream(bytes))) {
            long end = 0;
            for (WarcGzReader.Record record = reader.next(); record != null; record = reader.next()) {
                WarcGzReader.Extent extent = record.finish();
                assertThat(extent.offset()).isEqualTo(end);
                end += extent.lengthBytes();
            }
            assertThat(end).isEqualTo(bytes.length);
        } catch (MalformedWarcException e) {
            assertThat(e).hasMessageNotContaining("null");
        }
    }

    @FuzzTest(maxDuration = "1m")
    void key(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        for (String scheme : new String[] {"http://", "https:", ""}) {
            String key = Surt.of(scheme + text);
            assertThat(key.isEmpty()).isEqualTo((scheme + text).isEmpty());
        }
    }

    @FuzzTest(maxDuration = "1m")
    void body(byte[] bytes) {
        for (String type : new String[] {
            "application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data; boundary=b", ""
        }) {
            PostQuery query = PostQuery.of("POST", "https://shop.example/", type, bytes);
            assertThat(query).isNotNull();
            assertThat(query.requestBody()).hasSizeLessThanOrEqualTo(PostQuery.MAX_QUERY);
        }
    }
}
