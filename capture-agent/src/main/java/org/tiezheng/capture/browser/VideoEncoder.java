package org.tiezheng.capture.browser;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import net.bramp.ffmpeg.FFmpeg;
import net.bramp.ffmpeg.FFprobe;
import net.bramp.ffmpeg.ProcessFunction;
import net.bramp.ffmpeg.builder.FFmpegBuilder;
import net.bramp.ffmpeg.probe.FFmpegProbeResult;
import net.bramp.ffmpeg.probe.FFmpegStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.browser.cdp.Json;
import org.tiezheng.evidence.DigestingOutputStream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes an MP4 (H.264, yuv420p, index in front) of a screencast's frames, each shown exactly as long as it was on the
 * screen. ffmpeg runs with one thread, bounded in time, marked so that the {@link Janitor} finds it if we die.
 */
public final class VideoEncoder {
    private static final Logger LOG = LoggerFactory.getLogger(VideoEncoder.class);

    private final BrowserPrograms programs;
    private final Path markFolder;

    /** @param tempRoot as in {@link LaunchOptions}; only its name is used, to mark the process */
    public VideoEncoder(BrowserPrograms programs, Path tempRoot) {
        this.programs = programs;
        this.markFolder = tempRoot;
    }

    /**
     * Encodes what was filmed. The frames stay; the caller deletes their folder.
     *
     * @param cast stopped
     * @throws IOException if there is no ffmpeg, no frame, or encoding fails or takes too long
     */
    public VideoResult encode(Screencast cast, Path video, Path frameList, Duration timeout) throws IOException {
        Path ffmpegPath = programs.ffmpeg();
        if (ffmpegPath == null) {
            throw new IOException("ffmpeg is not installed");
        }
        Screencast.Recording recording = cast.recording();
        List<Screencast.Frame> frames = recording.frames();
        if (frames.isEmpty()) {
            throw new IOException("the browser sent no frame");
        }
        StoredFile list = writeFrameList(recording, frameList);
        Path folder = frames.get(0).file().toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException("frames without a folder");
        }
        Path concat = folder.resolve("frames.ffconcat");
        Files.writeString(concat, concatList(recording), StandardCharsets.UTF_8);
        MarkedRun run = new MarkedRun(BrowserFolder.markFor(markFolder), timeout);
        List<String> command;
        StringBuilder said = new StringBuilder();
        try {
            FFmpegBuilder builder =
                    builder(concat, video, evenSize(frames.get(0).file()));
            command = builder.build();
            FFmpeg ffmpeg = new FFmpeg(ffmpegPath.toString(), run);
            ffmpeg.setProcessOutputStream(said);
            ffmpeg.run(builder);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(video);
            throw new IOException(
                    "ffmpeg failed" + (run.timedOut() ? " (took too long)" : "") + ": "
                            + BrowserJournal.cut(said.toString().strip(), 500),
                    e);
        } finally {
            run.close();
        }
        return result(recording, video, list, run, String.join(" ", command));
    }

    private VideoResult result(
            Screencast.Recording recording, Path video, StoredFile list, MarkedRun run, String command)
            throws IOException {
        String codec = "";
        int width = 0;
        int height = 0;
        double seconds = 0;
        Path ffprobePath = programs.ffprobe();
        if (ffprobePath != null) {
            FFmpegProbeResult probe = new FFprobe(ffprobePath.toString(), run).probe(video.toString());
            for (FFmpegStream stream : probe.getStreams()) {
                codec = stream.codec_name;
                width = stream.width;
                height = stream.height;
            }
            seconds = probe.getFormat().duration;
            run.close();
        }
        double first = recording.frames().get(0).time();
        return new VideoResult(
                digested(video),
                list,
                recording.frames().size(),
                Duration.ofMillis(Math.round((recording.end() - first) * 1000)),
                recording.stopReason(),
                codec,
                width,
                height,
                seconds,
                command);
    }

    /** The one artefact another program writes: it has to be read once for its digests. */
    private static StoredFile digested(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                var out = new DigestingOutputStream(OutputStream.nullOutputStream())) {
            long copied = in.transferTo(out);
            if (copied == 0) {
                throw new IOException("ffmpeg wrote nothing");
            }
            return new StoredFile(file, out.digests());
        }
    }

    private static FFmpegBuilder builder(Path concat, Path video, int[] size) {
        String scale = size[0] + ":" + size[1];
        FFmpegBuilder builder = new FFmpegBuilder()
                .setVerbosity(FFmpegBuilder.Verbosity.ERROR)
                .overrideOutputFiles(true)
                .addExtraArgs("-f", "concat", "-safe", "0")
                .addInput(concat.toString())
                .done();
        builder.addOutput(video.toString())
                .setFormat("mp4")
                .disableAudio()
                .setVideoCodec("libx264")
                .setConstantRateFactor(26)
                .setVideoPixelFormat("yuv420p")
                // x264 wants even sizes; a frame of another size (a rotated phone) is fitted into the first one's.
                .setVideoFilter("scale=" + scale + ":force_original_aspect_ratio=decrease,pad=" + scale
                        + ":(ow-iw)/2:(oh-ih)/2,setsar=1")
                .setVideoMovFlags("+faststart")
                // Without the fine time base ffmpeg rounds to 25 frames a second and drops a third of them.
                .addExtraArgs("-preset", "veryfast", "-vsync", "vfr", "-enc_time_base", "1/1000", "-threads", "1")
                .done();
        return builder;
    }

    /** The size of the first frame, rounded down to even numbers. */
    private static int[] evenSize(Path jpeg) throws IOException {
        try (var in = ImageIO.createImageInputStream(jpeg.toFile())) {
            var readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new IOException("the first frame is not an image");
            }
            var reader = readers.next();
            try {
                reader.setInput(in, true, true);
                int width = reader.getWidth(0) / 2 * 2;
                int height = reader.getHeight(0) / 2 * 2;
                if (width < 2 || height < 2) {
                    throw new IOException("the first frame is too small");
                }
                return new int[] {width, height};
            } finally {
                reader.dispose();
            }
        }
    }

    /** ffmpeg's concat format, version 1.0; the last file stands twice, else its duration is not used. */
    static String concatList(Screencast.Recording recording) {
        StringBuilder text = new StringBuilder("ffconcat version 1.0\n");
        List<Screencast.Frame> frames = recording.frames();
        for (int i = 0; i < frames.size(); i++) {
            double next = i + 1 < frames.size() ? frames.get(i + 1).time() : recording.end();
            text.append("file '").append(frames.get(i).file().getFileName()).append("'\n");
            text.append(String.format(
                    Locale.ROOT, "duration %.6f%n", next - frames.get(i).time()));
        }
        text.append("file '")
                .append(frames.get(frames.size() - 1).file().getFileName())
                .append("'\n");
        return text.toString();
    }

    private static StoredFile writeFrameList(Screencast.Recording recording, Path file) throws IOException {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Screencast.Frame frame : recording.frames()) {
            list.add(Json.object(
                    "time",
                    instant(frame.time()).toString(),
                    "sizeBytes",
                    frame.sizeBytes(),
                    "sha256",
                    frame.sha256().hex()));
        }
        ObjectNode all = Json.object(
                "format",
                "tiezheng-screen-frames/1",
                "started",
                recording.started().toString(),
                "end",
                instant(recording.end()).toString(),
                "stopReason",
                recording.stopReason(),
                "frames",
                list);
        try (StoredFile.Writer out = new StoredFile.Writer(file)) {
            out.write((Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n")
                    .getBytes(StandardCharsets.UTF_8));
            return out.finish();
        }
    }

    private static Instant instant(double epochSeconds) {
        return Instant.ofEpochSecond(0, Math.round(epochSeconds * 1e6) * 1000);
    }

    /** Starts ffmpeg's processes with our mark and ends them when time is over. */
    private static final class MarkedRun implements ProcessFunction, AutoCloseable {
        private final String mark;
        private final long deadline;
        private final List<Process> started = new ArrayList<>();
        private final AtomicReference<@Nullable Process> expired = new AtomicReference<>();

        MarkedRun(String mark, Duration timeout) {
            this.mark = mark;
            this.deadline = System.nanoTime() + timeout.toNanos();
        }

        @Override
        public Process run(List<String> args) throws IOException {
            List<String> command = new ArrayList<>(args);
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put(BrowserFolder.MARK, mark);
            Process process = builder.start();
            started.add(process);
            process.getOutputStream().close();
            Thread watch = new Thread(() -> watch(process), "ffmpeg-watch");
            watch.setDaemon(true);
            watch.start();
            return process;
        }

        private void watch(Process process) {
            try {
                if (!process.waitFor(Math.max(1, Pause.leftMillis(deadline)), TimeUnit.MILLISECONDS)) {
                    expired.set(process);
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
        }

        boolean timedOut() {
            return expired.get() != null;
        }

        @Override
        public void close() {
            for (Process process : started) {
                if (process.isAlive()) {
                    LOG.debug("ending ffmpeg {}", process.pid());
                    process.destroyForcibly();
                }
            }
        }
    }
}
