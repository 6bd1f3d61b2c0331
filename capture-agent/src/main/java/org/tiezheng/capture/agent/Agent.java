package org.tiezheng.capture.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works for one archive server: leases jobs, has them captured, hands the packages over. One thread asks for jobs, each job
 * has its own.
 *
 * <pre>
 * try (Agent agent = Agent.open(settings, captures, data, version, events, clock)) {
 *     agent.start();
 *     …
 * }                       // no new jobs; those under way end or go back to the server
 * </pre>
 */
public final class Agent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final Duration POLL = Duration.ofSeconds(20);
    private static final Duration LEAST_POLL = Duration.ofSeconds(1);
    private static final Duration NO_ROOM = Duration.ofSeconds(15);
    /** How long a capture that was told to stop may take, with every process ended. */
    private static final Duration CANCEL = Duration.ofSeconds(80);
    /** Jobs whose capture is over and which wait for a time-stamp or the server; more are not begun before some end. */
    private static final int MOST_WAITING = 32;

    private static final int UPLOADS = 2;

    private final AgentSettings settings;
    private final Captures captures;
    private final Outbox outbox;
    private final ArchiveClient client;
    private final AgentEvent.Listener events;
    private final Clock clock;
    private final LeasedJob.Shared shared;
    private final Semaphore slots;
    private final Semaphore open;
    private final Set<Running> running = ConcurrentHashMap.newKeySet();
    private final Thread leaser = new Thread(this::leaseJobs, "lease");
    private volatile boolean stopping;
    private AgentEvent.@Nullable Kind trouble;

    private record Running(LeasedJob job, Thread thread) {}

    private Agent(
            AgentSettings settings,
            Captures captures,
            Outbox outbox,
            String version,
            LeasedJob.Rhythm rhythm,
            AgentEvent.Listener events,
            Clock clock) {
        this.settings = settings;
        this.captures = captures;
        this.outbox = outbox;
        this.client = new ArchiveClient(settings, version);
        this.events = events;
        this.clock = clock;
        this.slots = new Semaphore(settings.slots());
        this.open = new Semaphore(settings.slots() + MOST_WAITING);
        this.shared = new LeasedJob.Shared(client, captures, outbox, new Semaphore(UPLOADS), rhythm, events);
    }

    /** The data folder belongs to another agent that runs. */
    public static final class FolderInUseException extends IOException {
        private static final long serialVersionUID = 1;

        FolderInUseException(Path folder) {
            super("another agent works with " + folder);
        }
    }

    /**
     * Claims {@code data/outbox}.
     *
     * @param version of the program, for the server's list
     * @throws FolderInUseException if another agent has it
     */
    public static Agent open(
            AgentSettings settings,
            Captures captures,
            Path data,
            String version,
            AgentEvent.Listener events,
            Clock clock)
            throws IOException {
        return open(settings, captures, data, version, LeasedJob.Rhythm.DEFAULT, events, clock);
    }

    static Agent open(
            AgentSettings settings,
            Captures captures,
            Path data,
            String version,
            LeasedJob.Rhythm rhythm,
            AgentEvent.Listener events,
            Clock clock)
            throws IOException {
        Path folder = data.resolve("outbox");
        Outbox outbox = Outbox.open(folder).orElseThrow(() -> new FolderInUseException(folder));
        return new Agent(settings, captures, outbox, version, rhythm, events, clock);
    }

    /**
     * Takes up what earlier runs left, then begins to ask for jobs. Returns at once.
     *
     * @throws IOException if the outbox cannot be read
     */
    public void start() throws IOException {
        List<Outbox.Ticket> left = outbox.tickets();
        for (Outbox.Ticket ticket : left) {
            if (!ticket.server().equals(settings.server().toString())) {
                event(AgentEvent.Kind.FOREIGN, ticket.jobId(), ticket.captureId() + " " + ticket.server());
                continue;
            }
            event(AgentEvent.Kind.RESUMED, ticket.jobId(), ticket.stage() + " " + ticket.url());
            LeasedJob job = new LeasedJob(shared, ticket);
            // Not counted against the limit: they are there already.
            begin(job, job::resume);
        }
        leaser.setDaemon(true);
        leaser.start();
    }

    /** Jobs in any stage, being captured or waiting. */
    public int openJobs() {
        return running.size();
    }

    // ---- asking for jobs ----

    private void leaseJobs() {
        Backoff backoff = shared.rhythm().retries();
        try {
            while (!stopping) {
                slots.acquire();
                open.acquire();
                boolean used = false;
                try {
                    used = leaseOne(backoff);
                } catch (RuntimeException e) {
                    // A fault of ours must not end the only thread that asks for work.
                    LOG.error("asking for a job", e);
                    sleep(backoff.next());
                } finally {
                    if (!used) {
                        open.release();
                        slots.release();
                    }
                }
            }
        } catch (InterruptedException e) {
            if (!stopping) {
                LOG.error("the thread that asks for jobs was interrupted", e);
            }
        }
    }

    private boolean leaseOne(Backoff backoff) throws InterruptedException {
        String lacking = captures.noRoom();
        if (lacking != null) {
            trouble(AgentEvent.Kind.NO_ROOM, lacking);
            sleep(NO_ROOM);
            return false;
        }
        long asked = System.nanoTime();
        try {
            Optional<Lease> lease = client.lease(openJobs() + 1 + slots.availablePermits(), POLL);
            backoff.reset();
            connected();
            if (lease.isPresent()) {
                return begin(lease.get());
            }
            // A server that does not wait with its answer is not to be asked without end.
            Duration took = Duration.ofNanos(System.nanoTime() - asked);
            if (took.compareTo(LEAST_POLL) < 0) {
                sleep(LEAST_POLL.minus(took));
            }
        } catch (ArchiveException.Unavailable e) {
            trouble(AgentEvent.Kind.UNREACHABLE, e.getMessage());
            Duration theirs = e.retryAfter();
            Duration ours = backoff.next();
            sleep(
                    theirs != null
                                    && theirs.compareTo(ours) > 0
                                    && theirs.compareTo(shared.rhythm().retryLast()) < 0
                            ? theirs
                            : ours);
        } catch (ArchiveException e) {
            trouble(AgentEvent.Kind.REFUSED, e.getMessage());
            sleep(backoff.next());
        }
        return false;
    }

    /** @return false if the job could not be begun and its permits are free */
    private boolean begin(Lease lease) throws InterruptedException {
        Outbox.Ticket ticket =
                Outbox.Ticket.of(UUID.randomUUID(), settings.server().toString(), lease, clock.instant());
        try {
            outbox.write(ticket);
        } catch (IOException e) {
            // Without a ticket a crash would leave a package nobody sends. If this answer is lost, the lease runs out.
            event(AgentEvent.Kind.DISK, lease.jobId(), e.getMessage());
            try {
                client.fail(
                        lease.jobId(),
                        lease.epoch(),
                        new Captures.Failed("AGENT_DISK", "the agent's disk failed: " + e.getMessage(), true));
            } catch (ArchiveException lost) {
                LOG.debug("job {}: {}", lease.jobId(), lost.getMessage());
            }
            sleep(NO_ROOM);
            return false;
        }
        event(AgentEvent.Kind.LEASED, lease.jobId(), lease.request().url());
        LeasedJob job = new LeasedJob(shared, ticket);
        begin(job, () -> {
            try {
                job.run(lease.request(), slots::release);
            } finally {
                open.release();
            }
        });
        return true;
    }

    @FunctionalInterface
    private interface Work {
        void run() throws InterruptedException;
    }

    private void begin(LeasedJob job, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (InterruptedException e) {
                        // We are being stopped; the ticket says where to go on.
                        Thread.currentThread().interrupt();
                    } catch (RuntimeException e) {
                        // The ticket stays, so the next start tries again.
                        LOG.error("job {}", job.jobId(), e);
                    } finally {
                        running.removeIf(each -> each.job() == job);
                    }
                },
                "job-" + job.jobId());
        thread.setDaemon(true);
        running.add(new Running(job, thread));
        thread.start();
    }

    // ---- telling ----

    private void connected() {
        if (trouble != null || !everConnected) {
            everConnected = true;
            trouble = null;
            event(AgentEvent.Kind.CONNECTED, 0, settings.server().toString());
        }
    }

    private boolean everConnected;

    /** The same trouble is told once. */
    private void trouble(AgentEvent.Kind kind, @Nullable String detail) {
        if (trouble != kind && !stopping) {
            trouble = kind;
            event(kind, 0, detail);
        }
    }

    private void event(AgentEvent.Kind kind, long jobId, @Nullable String detail) {
        events.happened(new AgentEvent(kind, jobId, detail));
    }

    private static void sleep(Duration time) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(time.toMillis());
    }

    // ---- stopping ----

    /**
     * No new jobs. Captures under way get {@link AgentSettings#shutdown} to end by themselves, then they are stopped and
     * their jobs go back to the server. What still waits for the server or a time-stamp stays in the outbox for the next
     * start. Takes at most that time and 80 s.
     */
    @Override
    public void close() throws IOException {
        stopping = true;
        leaser.interrupt();
        sayGoodbye();
        try {
            await(settings.shutdown(), false);
            running.forEach(each -> each.job().handBack());
            await(CANCEL, true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running.forEach(each -> each.thread().interrupt());
            outbox.close();
        }
    }

    /**
     * The request that was waiting for a job is broken, but the server does not know: it would lease the next job to nobody. A
     * new request of the same agent ends the older one.
     */
    private void sayGoodbye() {
        try {
            Optional<Lease> unwanted = client.lease(0, Duration.ZERO);
            if (unwanted.isPresent()) {
                client.fail(
                        unwanted.get().jobId(),
                        unwanted.get().epoch(),
                        new Captures.Failed("AGENT_SHUTDOWN", "the agent was being stopped", true));
            }
        } catch (ArchiveException e) {
            LOG.debug("goodbye: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until all jobs have ended or only wait for something. @param briefly those that hand over get a few seconds */
    private void await(Duration limit, boolean briefly) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        long patience = System.nanoTime() + Math.min(limit.toNanos(), TimeUnit.SECONDS.toNanos(10));
        while (System.nanoTime() < end) {
            boolean busy = running.stream()
                    .map(Running::job)
                    .anyMatch(job ->
                            job.isCapturing() || (!job.isPausing() && (!briefly || System.nanoTime() < patience)));
            if (!busy) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
