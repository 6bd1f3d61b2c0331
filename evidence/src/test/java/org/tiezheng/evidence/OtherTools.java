package org.tiezheng.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs other people's programs as judges. A tool that is missing fails the test: {@code ./tiezheng test} installs it. */
public final class OtherTools {
    private OtherTools() {}

    public record Outcome(int exitCode, String output) {
        public Outcome succeeded() {
            assertThat(exitCode).as(output).isZero();
            return this;
        }
    }

    /** Standard output and error together. */
    public static Outcome run(Path folder, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("judge", ".out");
        try {
            Process process = new ProcessBuilder(List.of(command))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " did not end within two minutes");
            }
            return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }
}
