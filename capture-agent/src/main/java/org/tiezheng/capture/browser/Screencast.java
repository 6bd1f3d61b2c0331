package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.browser.cdp.CdpConnection;
import org.tiezheng.capture.browser.cdp.CdpException;
import org.tiezheng.capture.browser.cdp.Json;
import org.tiezheng.evidence.Digest;
import tools.jackson.databind.JsonNode;

/**
 * Films the window: Chromium sends a JPEG whenever the page has changed and we have acknowledged the frame before.
 * Acknowledging late bounds the rate; a page that stands still sends nothing and costs nothing.
 *
 * <p>Frames go to disk as they come, with the time Chromium drew them. {@link VideoEncoder} makes the video afterwards.
 */
public final class Screencast {
    private static final Logger LOG = LoggerFactory.getLogger(Screencast.class);
    private static final int JPEG_QUALITY = 70;
    private static final int MAX_FRAMES = 10_000;

    /**
     * A frame on disk.
     *
     * @param file JPEG
     * @param time when Chromium drew it, seconds since the epoch
     * @param sizeBytes of the file
     * @param sha256 of the file
     */
    record Frame(Path file, double time, long sizeBytes, Digest sha256) {}

    /**
     * What was filmed.
     *
     * @param frames in order of time
     * @param started our clock
     * @param end seconds since the epoch until which the last frame is shown
     * @param stopReason {@code asked}, or the bound that ended it
     */
    record Recording(List<Frame> frames, Instant started, double end, String stopReason) {
        Recording {
            frames = List.copyOf(frames);
        }
    }

    private final CdpConnection cdp;
    private final String session;
    private final Path folder;
    private final VideoLimits limits;
    private final Clock clock;
    private final Consumer<byte[]> onlooker;
    private final Instant started;
    private final ScheduledExecutorService acks = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "screencast-ack");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Frame> frames = new ArrayList<>();
    private long bytes;
    private long nextAckNanos = System.nanoTime();
    private @Nullable String stopReason;
    private @Nullable Recording recording;
    private double end;

    /** @param onlooker sees each frame too, as JPEG, on the dispatch thread: it must return at once */
    Screencast(
            CdpConnection cdp,
            String session,
            Path folder,
            VideoLimits limits,
            Consumer<byte[]> onlooker,
            Clock clock) {
        this.cdp = cdp;
        this.session = session;
        this.folder = folder;
        this.limits = limits;
        this.onlooker = onlooker;
        this.clock = clock;
        this.started = clock.instant();
    }

    void start(DeviceProfile device) throws CdpException {
        var bound = acks.schedule(
                () -> stopNow("length " + limits.length().toSeconds() + " s"),
                limits.length().toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            var ignored = cdp.call(
                    session,
                    "Page.startScreencast",
                    Json.object(
                            "format",
                            "jpeg",
                            "quality",
                            JPEG_QUALITY,
                            "maxWidth",
                            (int) Math.min(limits.maxWidth(), Math.ceil(device.width() * device.scale())),
                            "maxHeight",
                            (int) Math.min(limits.maxHeight(), Math.ceil(device.height() * device.scale()))),
                    Duration.ofSeconds(5));
        } catch (CdpException e) {
            bound.cancel(false);
            acks.shutdownNow();
            throw e;
        }
    }

    /** On the dispatch thread. */
    synchronized void onFrame(JsonNode p) {
        long ack = Json.integer(p, "sessionId", 0);
        if (stopReason != null) {
            return;
        }
        try {
            byte[] jpeg = Base64.getDecoder().decode(Json.text(p, "data"));
            double time = Json.number(Json.child(p, "metadata"), "timestamp", -1);
            if (time < 0) {
                time = clock.millis() / 1000.0;
            }
            // Two frames of one instant would get a duration of 0.
            if (frames.isEmpty() || time > frames.get(frames.size() - 1).time + 0.0005) {
                store(jpeg, time);
                onlooker.accept(jpeg);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("screen video ends: {}", e.getMessage());
            stopNow("error: " + e.getMessage());
            return;
        }
        if (bytes > limits.frameBytes() || frames.size() >= MAX_FRAMES) {
            stopNow("size " + limits.frameBytes() + " bytes");
            return;
        }
        // Chromium keeps two frames in flight, so it is the acknowledgements that must keep the distance.
        long now = System.nanoTime();
        nextAckNanos = Math.max(now, nextAckNanos) + limits.frameGap().toNanos();
        var ignored = acks.schedule(() -> acknowledge(ack), nextAckNanos - now, TimeUnit.NANOSECONDS);
    }

    private void acknowledge(long frame) {
        var ignored = cdp.send(session, "Page.screencastFrameAck", Json.object("sessionId", frame));
    }

    private void store(byte[] jpeg, double time) throws IOException {
        Path file = folder.resolve(String.format(Locale.ROOT, "frame-%06d.jpg", frames.size() + 1));
        Files.write(file, jpeg);
        bytes += jpeg.length;
        var sha256 = Digest.Algorithm.SHA256.start();
        frames.add(new Frame(file, time, jpeg.length, Digest.ofBytes(Digest.Algorithm.SHA256, sha256.digest(jpeg))));
    }

    private synchronized void stopNow(String reason) {
        if (stopReason != null) {
            return;
        }
        stopReason = reason;
        end = clock.millis() / 1000.0;
        var ignored = cdp.send(session, "Page.stopScreencast", Json.object());
    }

    /** Seconds filmed and frames taken so far, for progress. */
    public synchronized int frameCount() {
        return frames.size();
    }

    /** Ends filming; a second call changes nothing. Works after the browser is gone too. */
    public Screencast stop() {
        stopNow("asked");
        acks.shutdownNow();
        return this;
    }

    /** What was filmed, once it has been stopped. */
    synchronized Recording recording() {
        if (stopReason == null) {
            throw new IllegalStateException("still filming");
        }
        Recording done = recording;
        if (done == null) {
            double last = frames.isEmpty() ? end : frames.get(frames.size() - 1).time;
            done = new Recording(frames, started, Math.max(end, last + 0.1), stopReason);
            recording = done;
        }
        return done;
    }
}
