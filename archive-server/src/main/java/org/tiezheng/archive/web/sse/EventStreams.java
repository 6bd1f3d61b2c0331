package org.tiezheng.archive.web.sse;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.tiezheng.archive.web.Problem;

/**
 * Open event streams by topic. A controller returns {@link #open}; whoever knows news calls {@link #send}. A heartbeat every
 * 15 s keeps proxies from closing a quiet stream and finds browsers that have gone.
 *
 * <p>Events are news, not the truth: a page shows the same without them, and a reader that was away reads the page again
 * ({@code Last-Event-ID} comes with the request for those who keep a history). Usable by many threads; a slow reader holds up
 * only the thread that sends to it, so send ids or small pieces of a page.
 */
public final class EventStreams implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    /** The browser connects again by itself; so no stream outlives a sign-out or a role by more than this. */
    private static final Duration LIFE = Duration.ofMinutes(10);

    private static final int MOST = 1000;

    private final Map<String, Set<SseEmitter>> topics = new ConcurrentHashMap<>();
    private final ScheduledExecutorService heart;

    public EventStreams() {
        heart = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "sse-heartbeat");
            thread.setDaemon(true);
            return thread;
        });
        heart.scheduleWithFixedDelay(this::beat, HEARTBEAT.toSeconds(), HEARTBEAT.toSeconds(), TimeUnit.SECONDS);
    }

    /**
     * A stream of the events of one topic, to be returned by a controller.
     *
     * @param topic such as {@code job/17}; the caller has checked that the reader may see it
     * @throws Problem 503 "unavailable" when too many streams are open
     */
    public SseEmitter open(String topic, HttpServletResponse response) {
        if (topics.values().stream().mapToInt(Set::size).sum() >= MOST) {
            throw Problem.of(HttpStatus.SERVICE_UNAVAILABLE, "unavailable").retryAfter(30);
        }
        response.setHeader("X-Accel-Buffering", "no");
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        SseEmitter emitter = new SseEmitter(LIFE.toMillis());
        Runnable remove = () -> topics.computeIfPresent(topic, (name, open) -> {
            open.remove(emitter);
            return open.isEmpty() ? null : open;
        });
        emitter.onCompletion(remove);
        emitter.onError(failure -> remove.run());
        emitter.onTimeout(() -> {
            remove.run();
            emitter.complete();
        });
        topics.compute(topic, (name, open) -> {
            Set<SseEmitter> set = open == null ? ConcurrentHashMap.newKeySet() : open;
            set.add(emitter);
            return set;
        });
        // Sends the headers, so that the browser knows at once that it is connected.
        deliver(emitter, SseEmitter.event().comment("open").reconnectTime(3000));
        return emitter;
    }

    /** Whether anybody listens: spare work for nobody. */
    public boolean hasReaders(String topic) {
        return topics.containsKey(topic);
    }

    /**
     * Sends to everyone who has this topic open; never throws for a reader that has gone.
     *
     * @param event name of {@code sse-swap}
     * @param id what the browser sends back as {@code Last-Event-ID}; null for none
     * @param data text, HTML for {@code sse-swap}; it may have several lines
     */
    public void send(String topic, String event, @Nullable String id, String data) {
        for (SseEmitter emitter : topics.getOrDefault(topic, Set.of())) {
            SseEmitter.SseEventBuilder builder = SseEmitter.event().name(event);
            if (id != null) {
                builder.id(id);
            }
            deliver(emitter, builder.data(data));
        }
    }

    /** Ends the streams of a topic that has nothing more to say, after a last event {@code done}. */
    public void end(String topic) {
        Set<SseEmitter> open = topics.remove(topic);
        if (open != null) {
            for (SseEmitter emitter : open) {
                deliver(emitter, SseEmitter.event().name("done").data(""));
                emitter.complete();
            }
        }
    }

    @Override
    public void close() {
        heart.shutdownNow();
        topics.values().forEach(open -> open.forEach(SseEmitter::complete));
    }

    private void beat() {
        topics.values()
                .forEach(open -> open.forEach(
                        emitter -> deliver(emitter, SseEmitter.event().comment("heartbeat"))));
    }

    private static void deliver(SseEmitter emitter, SseEmitter.SseEventBuilder event) {
        try {
            emitter.send(event);
        } catch (IOException | IllegalStateException e) {
            LOG.debug("a reader of an event stream has gone: {}", e.toString());
            emitter.completeWithError(e);
        }
    }
}
