package org.tiezheng.evidence.warc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same with 2,048 MiB: {@code java -Xmx512m -cp … org.tiezheng.evidence.warc.LargeDownload FOLDER 2048}. */
class LargeDownloadTest {

    @Test
    void heapDoesNotGrowWithTheBody(@TempDir Path folder) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx40m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeDownload.class.getName(),
                        folder.toString(),
                        "160")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!child.waitFor(240, TimeUnit.SECONDS)) {
            child.destroyForcibly();
        }
        assertThat(Files.readString(output)).contains("ok 160 MiB");
    }
}
