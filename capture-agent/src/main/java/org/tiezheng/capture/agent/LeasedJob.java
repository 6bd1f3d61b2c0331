package org.tiezheng.capture.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.evidence.Digest;

/**
 * One job, from the lease to the server's last word, on a thread of its own; beside it a thread for the heartbeat and, while
 * the page is captured, one for pictures. The ticket in the outbox is always written before the step it speaks of, so where
 * we die the next start goes on:
 *
 * <ol>
 *   <li>CAPTURING: {@link Captures#finish} seals what is complete; what is not is reported as AGENT_DIED and tried again;
 *   <li>DELIVERING: the upload goes on where the server is;
 *   <li>REPORTING, CANCELLING: the server is told again; it takes the first of two equal answers and refuses the second.
 * </ol>
 *
 * A job the server has given to somebody else (409) is not worth capturing on; but a package that is sealed, or as good as,
 * goes to the server all the same, which keeps it as an orphan.
 */
final class LeasedJob {
    private static final Logger LOG = LoggerFactory.getLogger(LeasedJob.class);
    private static final Duration PICTURE_GAP = Duration.ofSeconds(1);

    /** What all jobs of an agent share. */
    record Shared(
            ArchiveClient client,
            Captures captures,
            Outbox outbox,
            Semaphore uploads,
            Rhythm rhythm,
            AgentEvent.Listener events) {}

    /**
     * @param beat at most this long between heartbeats
     * @param beatGap at least this long between heartbeats
     * @param retryFirst until the server is asked again; doubled up to {@code retryLast}
     * @param sealFirst until sealing is tried again; doubled up to {@code sealLast}
     */
    record Rhythm(
            Duration beat,
            Duration beatGap,
            Duration retryFirst,
            Duration retryLast,
            Duration sealFirst,
            Duration sealLast) {
        static final Rhythm DEFAULT = new Rhythm(
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                Duration.ofSeconds(5),
                Duration.ofMinutes(5));

        Backoff retries() {
            return new Backoff(retryFirst, retryLast);
        }
    }

    private final Shared shared;
    private final Pulse pulse = new Pulse();
    private final AtomicBoolean ended = new AtomicBoolean();
    private Outbox.Ticket ticket;
    private volatile boolean capturing;
    /** The server has given the job to somebody else, or has ended it. */
    private volatile boolean lost;
    /** The server wants it stopped. */
    private volatile boolean cancelled;
    /** We are being stopped. */
    private volatile boolean handBack;

    private volatile boolean pausing;

    LeasedJob(Shared shared, Outbox.Ticket ticket) {
        this.shared = shared;
        this.ticket = ticket;
    }

    long jobId() {
        return ticket.jobId();
    }

    // ---- the job's thread ----

    /** Captures, then hands over. @param captured runs when the browser is no longer needed */
    void run(JobRequest request, Runnable captured) throws InterruptedException {
        startThread("heartbeat", this::beat);
        try {
            Captures.Outcome outcome;
            try {
                outcome = capture(request);
            } finally {
                captured.run();
            }
            settle(outcome);
        } finally {
            ended.set(true);
        }
    }

    private Captures.Outcome capture(JobRequest request) {
        capturing = true;
        startThread("pictures", this::showPictures);
        try {
            return shared.captures.capture(ticket.captureId(), request, shared.outbox.folder(), pulse);
        } finally {
            capturing = false;
        }
    }

    /** Goes on with what an earlier run left. */
    void resume() throws InterruptedException {
        startThread("heartbeat", this::beat);
        try {
            switch (ticket.stage()) {
                case CAPTURING -> settle(finish());
                case DELIVERING -> deliver();
                case REPORTING -> report();
                case CANCELLING -> reportCancelled();
                case DELIVERED -> clear();
            }
        } finally {
            ended.set(true);
        }
    }

    private void settle(Captures.Outcome first) throws InterruptedException {
        Captures.Outcome outcome = first;
        Backoff backoff = new Backoff(shared.rhythm.sealFirst(), shared.rhythm.sealLast());
        boolean told = false;
        while (outcome instanceof Captures.Waiting waiting) {
            if (cancelled) {
                discard();
                outcome = new Captures.Cancelled();
                break;
            }
            if (!told) {
                told = true;
                event(AgentEvent.Kind.SEAL_WAITS, waiting.reason());
            } else {
                LOG.info("job {} still waits for its seal: {}", jobId(), waiting.reason());
            }
            pulse.started("seal");
            if (!(lost || handBack) || backoff.isUsed()) {
                pause(backoff.next());
            } else {
                // Stopped just before the seal: the authorities were not even asked.
                var ignored = backoff.next();
            }
            outcome = finish();
        }
        if (outcome instanceof Captures.Sealed sealed) {
            event(AgentEvent.Kind.SEALED, sealed.file().getFileName().toString());
            store(deliverable(sealed));
            deliver();
        } else if (outcome instanceof Captures.Failed failed) {
            failed(failed);
        } else {
            stopped();
        }
    }

    /** The capture was stopped: why decides whom we tell. */
    private void stopped() throws InterruptedException {
        if (lost) {
            event(AgentEvent.Kind.LOST, ticket.url());
            clear();
        } else if (cancelled) {
            store(ticket.cancelling());
            reportCancelled();
        } else {
            failed(new Captures.Failed("AGENT_SHUTDOWN", "the agent was stopped while it captured", true));
        }
    }

    private void failed(Captures.Failed failed) throws InterruptedException {
        if (lost) {
            event(AgentEvent.Kind.LOST, failed.reason());
            clear();
            return;
        }
        store(ticket.reporting(failed));
        report();
    }

    private Captures.Outcome finish() {
        try {
            return shared.captures.finish(ticket.captureId(), shared.outbox.folder());
        } catch (IOException e) {
            event(AgentEvent.Kind.DISK, e.getMessage());
            return new Captures.Waiting(String.valueOf(e.getMessage()));
        }
    }

    private void discard() throws InterruptedException {
        Backoff backoff = shared.rhythm.retries();
        while (true) {
            try {
                shared.captures.discard(ticket.captureId(), "cancelled on the server");
                return;
            } catch (IOException e) {
                event(AgentEvent.Kind.DISK, e.getMessage());
                pause(backoff.next());
            }
        }
    }

    // ---- handing over ----

    private Outbox.Ticket deliverable(Captures.Sealed sealed) throws InterruptedException {
        Digest sha256 = sealed.sha256();
        Backoff backoff = shared.rhythm.retries();
        while (sha256 == null) {
            try {
                sha256 = Outbox.sha256(sealed.file());
            } catch (IOException e) {
                event(AgentEvent.Kind.DISK, e.getMessage());
                pause(backoff.next());
            }
        }
        return ticket.delivering(sealed.sizeBytes(), sha256);
    }

    private void deliver() throws InterruptedException {
        Path file = shared.outbox.packageOf(ticket.captureId());
        long size = Objects.requireNonNull(ticket.sizeBytes());
        Digest sha256 = Digest.sha256(Objects.requireNonNull(ticket.sha256()));
        Delivery delivery = new Delivery(shared.client, shared.uploads, this::pause);
        Backoff backoff = shared.rhythm.retries();
        pulse.started("upload");
        while (true) {
            try {
                if (!Files.exists(file)) {
                    failed(new Captures.Failed("PACKAGE_MISSING", "the sealed package is gone from the agent", true));
                    return;
                }
                Delivery.Result result = delivery.tryOnce(jobId(), ticket.epoch(), file, size, sha256, this::uploaded);
                if (result.state() == ArchiveClient.UploadState.REJECTED) {
                    if (!Outbox.sha256(file).equals(sha256)) {
                        failed(new Captures.Failed(
                                "PACKAGE_DAMAGED", "the agent's disk changed the sealed package", true));
                        return;
                    }
                    LOG.warn("job {}: the upload was rejected: {}", jobId(), result.detail());
                    pause(backoff.next());
                    continue;
                }
                switch (result.state()) {
                    case ARCHIVED -> event(AgentEvent.Kind.ARCHIVED, result.detail());
                    case QUARANTINED -> event(AgentEvent.Kind.QUARANTINED, result.detail());
                    default -> event(AgentEvent.Kind.ORPHANED, result.detail());
                }
                clear();
                return;
            } catch (ArchiveException.Unavailable e) {
                LOG.info("job {}: upload interrupted: {}", jobId(), e.getMessage());
                pause(later(backoff, e));
            } catch (ArchiveException.Lost | ArchiveException.UnknownUpload e) {
                LOG.warn("job {}: the server does not take the upload now: {}", jobId(), e.getMessage());
                pause(backoff.next());
            } catch (ArchiveException e) {
                event(AgentEvent.Kind.REFUSED, e.getMessage());
                pause(shared.rhythm.retryLast());
            } catch (IOException e) {
                event(AgentEvent.Kind.DISK, e.getMessage());
                pause(backoff.next());
            }
        }
    }

    private void uploaded(long bytes) {
        pulse.traffic(() -> bytes);
    }

    private void report() throws InterruptedException {
        Outbox.Failure failure = Objects.requireNonNull(ticket.failure());
        Captures.Failed failed = new Captures.Failed(failure.code(), failure.reason(), failure.retryable());
        tell(() -> shared.client.fail(jobId(), ticket.epoch(), failed));
        event(
                failed.code().equals("AGENT_SHUTDOWN") ? AgentEvent.Kind.HANDED_BACK : AgentEvent.Kind.FAILED,
                failed.code() + ": " + failed.reason());
    }

    private void reportCancelled() throws InterruptedException {
        tell(() -> shared.client.cancelled(jobId(), ticket.epoch()));
        event(AgentEvent.Kind.CANCELLED, ticket.url());
    }

    @FunctionalInterface
    private interface Telling {
        void tell() throws ArchiveException, InterruptedException;
    }

    /** Until the server has heard it, or will not. */
    private void tell(Telling telling) throws InterruptedException {
        Backoff backoff = shared.rhythm.retries();
        while (true) {
            try {
                telling.tell();
                break;
            } catch (ArchiveException.Lost e) {
                // It has given up on us, or has heard this before.
                break;
            } catch (ArchiveException.Unavailable e) {
                pause(later(backoff, e));
            } catch (ArchiveException.Refused e) {
                event(AgentEvent.Kind.REFUSED, e.getMessage());
                if (e.status() != 401 && e.status() != 403) {
                    // It will never take it. The lease runs out and the job is tried again.
                    break;
                }
                pause(shared.rhythm.retryLast());
            } catch (ArchiveException e) {
                pause(backoff.next());
            }
        }
        clear();
    }

    private Duration later(Backoff backoff, ArchiveException.Unavailable e) {
        Duration ours = backoff.next();
        Duration theirs = e.retryAfter();
        return theirs != null && theirs.compareTo(ours) > 0 && theirs.compareTo(shared.rhythm.retryLast()) <= 0
                ? theirs
                : ours;
    }

    // ---- the outbox ----

    private void store(Outbox.Ticket next) throws InterruptedException {
        Backoff backoff = shared.rhythm.retries();
        while (true) {
            try {
                shared.outbox.write(next);
                ticket = next;
                return;
            } catch (IOException e) {
                // The old ticket stands; a start now would find the same again.
                event(AgentEvent.Kind.DISK, e.getMessage());
                pause(backoff.next());
            }
        }
    }

    private void clear() {
        ended.set(true);
        try {
            shared.outbox.remove(ticket);
        } catch (IOException e) {
            // The next start repeats the last step; the server knows it already.
            event(AgentEvent.Kind.DISK, e.getMessage());
        }
    }

    // ---- heartbeat and pictures ----

    private void beat() throws InterruptedException {
        while (!ended.get()) {
            if (lost || handBack || cancelled) {
                // Again and again: the capture may not have been far enough to hear the first one.
                if (capturing) {
                    shared.captures.cancel(ticket.captureId());
                }
            }
            if (!lost) {
                heartbeat();
            }
            TimeUnit.MILLISECONDS.sleep(shared.rhythm.beatGap().toMillis());
            if (!(lost || handBack || cancelled) || !capturing) {
                pulse.awaitChange(between().minus(shared.rhythm.beatGap()));
            }
        }
    }

    /** Three heartbeats may be lost before the lease is. */
    private Duration between() {
        Duration quarter = Duration.ofSeconds(ticket.leaseSeconds()).dividedBy(4);
        return quarter.compareTo(shared.rhythm.beat()) < 0 ? quarter : shared.rhythm.beat();
    }

    private void heartbeat() throws InterruptedException {
        Pulse.State now = pulse.state();
        try {
            ArchiveClient.Pulse answer = shared.client.heartbeat(
                    jobId(), ticket.epoch(), now.step(), now.done(), now.bytesNow(), now.elapsed());
            if (answer.cancel()) {
                cancelled = true;
                if (capturing) {
                    shared.captures.cancel(ticket.captureId());
                }
            }
        } catch (ArchiveException.Lost e) {
            if (!ended.get()) {
                LOG.info("job {}: lost: {}", jobId(), e.getMessage());
                lost = true;
                if (capturing) {
                    shared.captures.cancel(ticket.captureId());
                }
            }
        } catch (ArchiveException e) {
            // The server may be back before the lease ends; if not, we hear it then.
            LOG.debug("job {}: heartbeat: {}", jobId(), e.getMessage());
        }
    }

    private void showPictures() throws InterruptedException {
        while (capturing && !lost && !ended.get()) {
            byte[] picture = pulse.takePicture();
            byte[] small = picture == null ? null : Thumbnail.of(picture).orElse(null);
            if (small != null) {
                try {
                    shared.client.thumbnail(jobId(), ticket.epoch(), small);
                } catch (ArchiveException e) {
                    LOG.debug("job {}: thumbnail: {}", jobId(), e.getMessage());
                }
            }
            TimeUnit.MILLISECONDS.sleep(PICTURE_GAP.toMillis());
        }
    }

    // ---- being stopped ----

    /** Stops a capture under way, so that the job goes back to the server. */
    void handBack() {
        handBack = true;
        if (capturing) {
            shared.captures.cancel(ticket.captureId());
        }
    }

    boolean isCapturing() {
        return capturing;
    }

    /** Between two tries of something: stopping here costs nothing. */
    boolean isPausing() {
        return pausing;
    }

    private void pause(Duration time) throws InterruptedException {
        pausing = true;
        try {
            TimeUnit.MILLISECONDS.sleep(time.toMillis());
        } finally {
            pausing = false;
        }
    }

    @FunctionalInterface
    private interface Loop {
        void run() throws InterruptedException;
    }

    private void startThread(String what, Loop loop) {
        Thread thread = new Thread(
                () -> {
                    try {
                        loop.run();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "job-" + jobId() + "-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private void event(AgentEvent.Kind kind, @Nullable String detail) {
        shared.events.happened(new AgentEvent(kind, jobId(), detail));
    }
}
