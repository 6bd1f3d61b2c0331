package org.tiezheng.capture.browser;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.capture.browser.cdp.CdpException;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;

/** Reads one text out of every frame, in slices, so that a page of any size needs little memory here. */
final class FrameTexts {
    private static final int SLICE = 1 << 18;
    private static final long MAX_CHARS = 256L << 20;
    private static final int MAX_FRAMES = 200;
    private static final Duration CALL = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(FrameTexts.class);

    private final PageSession main;
    private final List<PageSession> others;

    /** @param others sessions of frames that live in processes of their own */
    FrameTexts(PageSession main, List<PageSession> others) {
        this.main = main;
        this.others = others;
    }

    private record Frame(PageSession session, String id, String url) {}

    /**
     * @param script parks the text and gives its length
     * @param separator written before every frame but the first, with its address
     */
    StoredFile write(String script, String separator, Path file, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        String park = Scripts.load(script);
        String slice = Scripts.load("slice.js");
        List<Frame> frames = frames(timeout);
        try (StoredFile.Writer out = new StoredFile.Writer(file)) {
            Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
            for (int i = 0; i < frames.size(); i++) {
                Frame frame = frames.get(i);
                if (i > 0) {
                    text.write("\n" + String.format(Locale.ROOT, separator, frame.url.replace("--", "%2D%2D")) + "\n");
                }
                try {
                    copy(frame, park, slice, text, deadline);
                } catch (CdpException e) {
                    if (i == 0) {
                        throw e;
                    }
                    // A frame may go away while we read the others.
                    text.write("[tiezheng: not read: "
                            + String.valueOf(e.getMessage()).replace("--", "") + "]");
                }
            }
            text.write("\n");
            text.flush();
            return out.finish();
        }
    }

    private static void copy(Frame frame, String park, String slice, Writer out, long deadline) throws IOException {
        long length = frame.session.evaluate(frame.id, park, timeLeft(deadline)).asLong(0);
        if (length > MAX_CHARS) {
            throw new CdpException("frame with a text of " + length + " characters");
        }
        long from = 0;
        while (from < length) {
            JsonNode part = frame.session.evaluate(
                    frame.id, slice + "(" + from + "," + (from + SLICE) + ")", timeLeft(deadline));
            out.write(Json.text(part, "part"));
            long next = Json.integer(part, "next", length);
            if (next <= from) {
                throw new CdpException("the page's text changed while it was read");
            }
            from = next;
        }
    }

    private static Duration timeLeft(long deadline) throws CdpException {
        long left = Pause.leftMillis(deadline);
        if (left == 0) {
            throw new CdpException.TimedOut("reading the frames' texts took too long");
        }
        return Duration.ofMillis(left);
    }

    private List<Frame> frames(Duration timeout) throws CdpException {
        List<Frame> found = new ArrayList<>();
        collect(main, main.call("Page.getFrameTree", Json.object(), timeout).get("frameTree"), found);
        for (PageSession other : others) {
            try {
                collect(
                        other,
                        other.plain("Page.getFrameTree", Json.object(), CALL).get("frameTree"),
                        found);
            } catch (CdpException e) {
                // The frame has gone since.
                LOG.debug("frame not read: {}", e.getMessage());
            }
        }
        return found;
    }

    private static void collect(PageSession session, JsonNode tree, List<Frame> found) {
        if (tree == null || found.size() >= MAX_FRAMES) {
            return;
        }
        JsonNode frame = Json.child(tree, "frame");
        found.add(new Frame(session, Json.text(frame, "id"), BrowserJournal.cut(Json.text(frame, "url"), 2000)));
        Json.child(tree, "childFrames").forEach(child -> collect(session, child, found));
    }
}
