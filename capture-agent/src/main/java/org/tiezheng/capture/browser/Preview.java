package org.tiezheng.capture.browser;

import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.tiezheng.capture.browser.cdp.CdpConnection;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;

/**
 * Small pictures of the window for somebody who looks on while a page is captured without a video. Nothing of it is kept and
 * nothing of it is evidence. Chromium sends a JPEG when the page has changed and the one before was acknowledged, at
 * most one a second, so a page that stands still costs nothing, and no step waits for it.
 */
final class Preview {
    private static final int JPEG_QUALITY = 50;
    private static final int MAX_SIDE = 960;
    private static final Duration GAP = Duration.ofSeconds(1);

    private final CdpConnection cdp;
    private final String session;
    private final Consumer<byte[]> onlooker;
    private final ScheduledExecutorService acks = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "preview-ack");
        thread.setDaemon(true);
        return thread;
    });

    Preview(CdpConnection cdp, String session, Consumer<byte[]> onlooker) {
        this.cdp = cdp;
        this.session = session;
        this.onlooker = onlooker;
    }

    /** Asks for pictures and does not wait: without them the capture is the same. */
    void start() {
        var ignored = cdp.send(
                session,
                "Page.startScreencast",
                Json.object("format", "jpeg", "quality", JPEG_QUALITY, "maxWidth", MAX_SIDE, "maxHeight", MAX_SIDE));
    }

    /** On the dispatch thread. */
    void onFrame(JsonNode p) {
        long ack = Json.integer(p, "sessionId", 0);
        try {
            onlooker.accept(Base64.getDecoder().decode(Json.text(p, "data")));
        } catch (IllegalArgumentException e) {
            // A frame nobody can read; the next one will do.
        }
        try {
            var ignored = acks.schedule(() -> acknowledge(ack), GAP.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // Stopped in this moment.
        }
    }

    private void acknowledge(long frame) {
        var ignored = cdp.send(session, "Page.screencastFrameAck", Json.object("sessionId", frame));
    }

    /** Works after the browser is gone too; a second call changes nothing. */
    void stop() {
        acks.shutdownNow();
    }
}
