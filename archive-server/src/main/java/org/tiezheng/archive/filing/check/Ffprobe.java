package org.tiezheng.archive.filing.check;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Decodes a video with {@code ffprobe}, where that program is there. A program that does not end in time is killed, and nothing is
 * known then.
 */
public final class Ffprobe {
    private static final int MAX_OUTPUT = 1 << 16;

    private final String program;
    private final Duration timeout;

    /** @param program name on the path, or a path */
    public Ffprobe(String program, Duration timeout) {
        this.program = program;
        this.timeout = timeout;
    }

    /**
     * What was decoded.
     *
     * @param codec name of the first video stream's codec
     * @param frames how many were decoded
     * @param seconds length of the whole; negative if the file does not say
     */
    public record Video(String codec, long frames, double seconds) {}

    /**
     * How it ended.
     *
     * @param video null if the file could not be decoded, or the program is not there
     * @param ran whether the program ran to its end
     * @param message the program's own words
     */
    public record Probe(@Nullable Video video, boolean ran, String message) {}

    /** Decodes all frames of the first video stream. */
    public Probe probe(Path file) throws IOException {
        Path output = Files.createTempFile("tiezheng-probe", ".json");
        Path errors = Files.createTempFile("tiezheng-probe", ".txt");
        try {
            Process process;
            try {
                process = new ProcessBuilder(List.of(
                                program,
                                "-hide_banner",
                                "-v",
                                "error",
                                "-count_frames",
                                "-select_streams",
                                "v:0",
                                "-show_entries",
                                "stream=codec_name,nb_read_frames:format=duration",
                                "-of",
                                "json",
                                file.toAbsolutePath().toString()))
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile())
                        .start();
            } catch (IOException notThere) {
                return new Probe(null, false, program + " is not there");
            }
            if (!ended(process)) {
                return new Probe(null, false, program + " did not end within " + timeout);
            }
            String message = head(errors);
            Optional<Video> video = process.exitValue() == 0 ? video(head(output)) : Optional.empty();
            // A file that breaks off decodes as far as it goes, and says so on the side.
            return new Probe(message.isEmpty() ? video.orElse(null) : null, true, message);
        } finally {
            Files.deleteIfExists(output);
            Files.deleteIfExists(errors);
        }
    }

    private boolean ended(Process process) throws IOException {
        try {
            if (process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                return true;
            }
            process.destroyForcibly();
            boolean unused = process.waitFor(5, TimeUnit.SECONDS);
            return false;
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private static String head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8).strip();
        }
    }

    private static Optional<Video> video(String json) {
        try {
            JsonNode all = JsonMapper.shared().readTree(json);
            JsonNode stream = all.path("streams").path(0);
            String codec = stream.path("codec_name").asString("");
            if (codec.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Video(
                    codec,
                    Long.parseLong(stream.path("nb_read_frames").asString("0")),
                    Double.parseDouble(all.path("format").path("duration").asString("-1"))));
        } catch (JacksonException | NumberFormatException unreadable) {
            return Optional.empty();
        }
    }
}
