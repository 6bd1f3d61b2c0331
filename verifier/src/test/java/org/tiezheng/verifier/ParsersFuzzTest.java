package org.tiezheng.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.verifier.StrictJson.BadJsonException;

/**
 * Whatever the bytes are: no exception but the declared one, and what is accepted keeps its promises. Seeds are in the
 * resources beside; {@code JAZZER_FUZZ=1} makes it search for more.
 */
class ParsersFuzzTest {
    @FuzzTest(maxDuration = "1m")
    void captureJson(byte[] bytes) {
        CaptureJson capture = CaptureJson.read(new ByteArrayInputStream(bytes));

        if (capture.problem() == null) {
            assertThat(capture.id()).hasSize(36);
            assertThat(capture.targetUrl()).isNotNull();
            assertThat(capture.completeness()).isNotNull();
        }
    }

    @FuzzTest(maxDuration = "1m")
    void datapackage(byte[] bytes) {
        try {
            Datapackage datapackage = Datapackage.read(new ByteArrayInputStream(bytes));
            assertThat(datapackage.resources()).allMatch(r -> r.bytes() >= 0);
        } catch (BadJsonException refused) {
            assertThat(refused).hasMessageNotContainingAny("\n", "\u001b");
        }
    }

    @FuzzTest(maxDuration = "1m")
    void index(byte[] bytes) throws IOException {
        Findings findings = new Findings();
        CdxIndex index = CdxIndex.read(new ByteArrayInputStream(bytes), "index", findings);
        index.warcRead("data.warc.gz");
        index.finish();

        // No record was reported, so a line that was read must be a problem.
        boolean hasText = new String(bytes, java.nio.charset.StandardCharsets.UTF_8)
                .lines()
                .findAny()
                .isPresent();
        assertThat(Verdict.worstOf(findings.all()) != Verdict.VALID).isEqualTo(hasText);
    }

    @FuzzTest(maxDuration = "1m")
    void warc(byte[] bytes) throws IOException {
        Path file = Files.createTempFile("fuzz", ".warc.gz");
        try (FileChannel channel = FileChannel.open(Files.write(file, bytes))) {
            Findings findings = new Findings();
            CdxIndex none = CdxIndex.empty("index", findings);
            SinglePass.run(
                    channel,
                    bytes.length,
                    List.of(new WarcLane(
                            List.of(new WarcLane.Warc("warc", "data.warc.gz", 0, bytes.length)), none, true, findings)),
                    read -> {});
            assertThat(findings.all()).isNotEmpty();
        } finally {
            Files.delete(file);
        }
    }

    /** How a message is cut into pieces makes no difference. */
    @FuzzTest(maxDuration = "1m")
    void httpPayload(byte[] bytes) {
        HttpPayload whole = new HttpPayload(true);
        whole.update(bytes, 0, bytes.length);
        HttpPayload pieces = new HttpPayload(true);
        for (int i = 0; i < bytes.length; i++) {
            pieces.update(bytes, i, 1);
        }

        assertThat(pieces.hasHead()).isEqualTo(whole.hasHead());
        assertThat(pieces.status()).isEqualTo(whole.status());
        assertThat(pieces.digest()).isEqualTo(whole.digest());
    }
}
