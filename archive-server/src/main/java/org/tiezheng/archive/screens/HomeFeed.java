package org.tiezheng.archive.screens;

import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.tiezheng.archive.jobs.JobQueries;
import org.tiezheng.archive.jobs.JobState;
import org.tiezheng.archive.web.sse.EventStreams;

/**
 * Tells open home pages that their reader's captures have changed: looks every two seconds, for those readers only who have
 * the page open. The event says no more than "changed"; the page fetches its rows by itself.
 */
final class HomeFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HomeFeed.class);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final int ROWS = 20;

    private final JobQueries jobs;
    private final EventStreams streams;
    /** By account: what was seen last. */
    private final Map<String, String> seen = new ConcurrentHashMap<>();

    private final ScheduledExecutorService looker;

    HomeFeed(JobQueries jobs, EventStreams streams) {
        this.jobs = jobs;
        this.streams = streams;
        looker = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "home-feed");
            thread.setDaemon(true);
            return thread;
        });
        looker.scheduleWithFixedDelay(this::look, PAUSE.toMillis(), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    SseEmitter open(String account, HttpServletResponse response) {
        SseEmitter stream = streams.open(topic(account), response);
        seen.putIfAbsent(account, "");
        return stream;
    }

    @Override
    public void close() {
        looker.shutdownNow();
    }

    private void look() {
        for (String account : List.copyOf(seen.keySet())) {
            if (!streams.hasReaders(topic(account))) {
                seen.remove(account);
                continue;
            }
            try {
                String now = state(account);
                if (!now.equals(seen.put(account, now))) {
                    streams.send(topic(account), "running", null, "changed");
                }
            } catch (DataAccessException | TransactionException e) {
                // The database is away; it is looked at again in two seconds.
                LOG.debug("cannot look at the captures of an open home page: {}", e.getMessage());
            }
        }
    }

    private String state(String account) {
        StringBuilder state = new StringBuilder("jobs");
        jobs.jobs(
                        new JobQueries.Filter(List.of(JobState.READY, JobState.LEASED), account, null, null, null),
                        null,
                        ROWS)
                .forEach(job -> state.append(' ')
                        .append(job.id())
                        .append(job.changedAt())
                        .append(jobs.live(job.id(), job.epoch())
                                .map(JobQueries.Live::step)
                                .orElse("-")));
        return state.toString();
    }

    private static String topic(String account) {
        return "home/" + account;
    }
}
