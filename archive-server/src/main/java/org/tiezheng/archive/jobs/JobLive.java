package org.tiezheng.archive.jobs;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.tiezheng.archive.web.sse.EventStreams;

/**
 * Tells open pages that a job, a batch or the queue has changed, on whichever server that happened.
 *
 * <p>An event {@code changed} holds the job as it is (see {@link Snapshot}); its id is a digest of that, so a browser that
 * was away and comes back with {@code Last-Event-ID} is told at once if it missed something, and nothing if it did not. Events
 * of batches and of the list hold no data: the page asks again. They come once a second at the most.
 */
final class JobLive implements JobNotices.Listener, AutoCloseable {
    /** Topic of the list of jobs. */
    static final String LIST = "jobs";

    private static final Logger LOG = LoggerFactory.getLogger(JobLive.class);
    private static final Duration GATHER = Duration.ofSeconds(1);
    /** More than that in a second: the pages ask again when they are told the next time. */
    private static final int MOST_GATHERED = 10_000;

    private final EventStreams streams;
    private final Jobs jobs;
    private final JobQueries queries;
    private final Set<Long> changedJobs = ConcurrentHashMap.newKeySet();
    private final Set<String> changedTopics = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService sender;

    JobLive(EventStreams streams, Jobs jobs, JobQueries queries) {
        this.streams = streams;
        this.jobs = jobs;
        this.queries = queries;
        this.sender = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "job-live");
            thread.setDaemon(true);
            return thread;
        });
        sender.scheduleWithFixedDelay(this::sendLists, GATHER.toMillis(), GATHER.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * A job as its page shows it.
     *
     * @param step that is being done; null between steps
     * @param thumbnailVersion of the latest picture; null if there is none
     */
    record Snapshot(
            long jobId,
            JobState state,
            boolean cancelling,
            long epoch,
            @Nullable String step,
            List<StepDone> steps,
            long bytes,
            long elapsedMillis,
            @Nullable Long thumbnailVersion,
            @Nullable String evidenceId,
            @Nullable String failureCode) {
        String eventId() {
            return Integer.toHexString(Objects.hash(
                            state, cancelling, epoch, step, steps, bytes, elapsedMillis, thumbnailVersion, evidenceId))
                    + "-"
                    + epoch;
        }
    }

    Snapshot snapshot(Job job) {
        Optional<JobQueries.Live> live = queries.live(job.id(), job.epoch());
        return new Snapshot(
                job.id(),
                job.state(),
                job.cancelling(),
                job.epoch(),
                live.map(JobQueries.Live::step).orElse(null),
                queries.steps(job.id(), job.epoch()),
                live.map(JobQueries.Live::bytes).orElse(0L),
                live.map(JobQueries.Live::elapsedMillis).orElse(0L),
                live.map(JobQueries.Live::thumbnailVersion).orElse(null),
                job.evidenceId() == null ? null : job.evidenceId().toString(),
                job.failureCode());
    }

    /**
     * Events of one job. The first comes at once, unless the browser has seen the present state.
     *
     * @param lastEventId what the browser saw last; null if it never saw any
     */
    SseEmitter open(Job job, @Nullable String lastEventId, HttpServletResponse response) throws IOException {
        SseEmitter emitter = streams.open(topic(job.id()), response);
        // Read again, after the topic is open: what happens from here on comes as an event.
        Snapshot now = snapshot(jobs.find(job.id()).orElse(job));
        if (!now.eventId().equals(lastEventId)) {
            emitter.send(SseEmitter.event().name("changed").id(now.eventId()).data(json(now)));
        }
        return emitter;
    }

    /** Events of a batch or of the list. */
    SseEmitter open(String topic, HttpServletResponse response) {
        return streams.open(topic, response);
    }

    static String topic(long jobId) {
        return "job/" + jobId;
    }

    static String batchTopic(long batchId) {
        return "batch/" + batchId;
    }

    @Override
    public void changed(long jobId, @Nullable Long batchId) {
        if (streams.hasReaders(topic(jobId)) && changedJobs.size() < MOST_GATHERED && changedJobs.add(jobId)) {
            sender.execute(() -> sendJob(jobId));
        }
        changedTopics.add(LIST);
        if (batchId != null && changedTopics.size() < MOST_GATHERED) {
            changedTopics.add(batchTopic(batchId));
        }
    }

    @Override
    public void ready() {
        changedTopics.add(LIST);
    }

    @Override
    public void anything() {
        changedTopics.add(LIST);
    }

    private void sendJob(long jobId) {
        changedJobs.remove(jobId);
        try {
            jobs.find(jobId)
                    .map(this::snapshot)
                    .ifPresent(now -> streams.send(topic(jobId), "changed", now.eventId(), json(now)));
        } catch (RuntimeException e) {
            LOG.warn("a change of job {} was not shown: {}", jobId, e.toString());
        }
    }

    private void sendLists() {
        try {
            for (String topic : List.copyOf(changedTopics)) {
                changedTopics.remove(topic);
                streams.send(topic, "changed", null, "");
            }
        } catch (RuntimeException e) {
            LOG.warn("a change of jobs was not shown: {}", e.toString());
        }
    }

    private static String json(Snapshot snapshot) {
        return JobTable.JSON.writeValueAsString(snapshot);
    }

    @Override
    public void close() {
        sender.shutdownNow();
    }
}
