package org.tiezheng.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.record.Step;

/**
 * What the user sees while a capture runs: on a terminal one line that is redrawn, otherwise one line for each step.
 * Writes to standard error, so that standard output holds the result alone. May be called by several threads.
 */
final class Progress {
    private static final long REDRAW_MILLIS = 250;

    private final PrintStream out;
    private final Texts texts;
    private final boolean redraw;
    private int width;

    Progress(PrintStream out, Texts texts, boolean terminal) {
        this.out = out;
        this.texts = texts;
        this.redraw = terminal;
    }

    /** Shows nothing: for captures that tell somebody else how they go on. */
    static Progress silent() {
        return new Progress(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8), Texts.of("en"), false);
    }

    /** Figures that change all the time. */
    record Traffic(int connections, long bytes) {
        static final Traffic NONE = new Traffic(0, 0);
    }

    @FunctionalInterface
    interface TrafficSource {
        Traffic now();
    }

    /** A line that stays. */
    synchronized void line(String text) {
        clear();
        out.println(text);
        out.flush();
    }

    /** Progress of one capture. Close it when the capture has ended. */
    OneCapture begin(UUID id, String url, int steps) {
        line(texts.get("progress.begin", id.toString(), shorten(url, 100)));
        return new OneCapture(id, steps);
    }

    private synchronized void draw(String text) {
        clear();
        out.print(text);
        width = text.length();
        out.flush();
    }

    private void clear() {
        if (redraw && width > 0) {
            // Chinese characters take two columns: blank the whole line by the terminal's own means.
            out.print("\r\u001b[2K");
            width = 0;
        }
    }

    private static String shorten(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }

    static String elapsed(Duration time) {
        return String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
    }

    /** Listens to the steps of one capture. */
    final class OneCapture implements CaptureListener, AutoCloseable {
        private final String shortId;
        private final int steps;
        private final long start = System.nanoTime();
        private final @Nullable Thread painter;
        private volatile String step = "";
        private volatile int done;
        private volatile TrafficSource traffic = () -> Traffic.NONE;

        private OneCapture(UUID id, int steps) {
            this.shortId = id.toString().substring(0, 8);
            this.steps = steps;
            if (redraw) {
                painter = new Thread(this::paint, "progress-" + shortId);
                painter.setDaemon(true);
                painter.start();
            } else {
                painter = null;
            }
        }

        @Override
        public void traffic(TrafficSource source) {
            traffic = source;
        }

        @Override
        public void started(String name) {
            step = name;
        }

        @Override
        public void ended(Step ended) {
            done++;
            String name = texts.getOr("step." + ended.name(), ended.name());
            if (ended.outcome() == Step.Outcome.OK) {
                if (!redraw) {
                    line(texts.get(
                            "progress.step",
                            shortId,
                            elapsed(Duration.ofNanos(System.nanoTime() - start)),
                            name,
                            // Details of steps that went well are English and in capture.json; no need to mix
                            // languages.
                            texts.locale().getLanguage().equals("en") ? detail(ended) : ""));
                }
            } else if (ended.outcome() != Step.Outcome.SKIPPED || !StepNames.OPTIONAL.contains(ended.name())) {
                line(texts.get(
                        "progress.step.bad",
                        shortId,
                        elapsed(Duration.ofNanos(System.nanoTime() - start)),
                        name,
                        texts.get("outcome." + ended.outcome().name().toLowerCase(Locale.ROOT)),
                        detail(ended)));
            }
        }

        private static String detail(Step ended) {
            String detail = ended.detail();
            return detail == null ? "" : shorten(detail, 160);
        }

        private void paint() {
            while (!Thread.currentThread().isInterrupted()) {
                Traffic now = traffic.now();
                draw(texts.get(
                        "progress.status",
                        shortId,
                        elapsed(Duration.ofNanos(System.nanoTime() - start)),
                        Math.min(done + 1, steps),
                        steps,
                        texts.getOr("step." + step, step),
                        now.connections(),
                        texts.bytes(now.bytes())));
                try {
                    Thread.sleep(REDRAW_MILLIS);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        @Override
        public void close() {
            if (painter != null) {
                painter.interrupt();
                try {
                    painter.join(REDRAW_MILLIS * 4);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            synchronized (Progress.this) {
                clear();
                out.flush();
            }
        }
    }
}
