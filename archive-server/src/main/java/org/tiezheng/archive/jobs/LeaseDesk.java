package org.tiezheng.archive.jobs;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Agents that wait for a job with their request open. Woken when a job becomes ready anywhere; looks again every second
 * besides, for hosts that have rested long enough.
 */
final class LeaseDesk implements JobNotices.Listener {
    /** The contract of the protocol. */
    static final Duration LONGEST = Duration.ofSeconds(25);

    private static final Duration LOOK = Duration.ofSeconds(1);
    /** Each holds a thread of the web server; who comes when all seats are taken gets his answer at once. */
    private static final int SEATS = 64;

    private final Leases leases;
    private final Semaphore seats = new Semaphore(SEATS);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ready = lock.newCondition();
    /** The newest request of each agent that waits. */
    private final Map<String, Object> newest = new ConcurrentHashMap<>();

    private long calls;
    private volatile boolean closed;

    LeaseDesk(Leases leases) {
        this.leases = leases;
    }

    /**
     * As {@link Leases#lease}, waiting for up to {@code wait} if there is nothing.
     *
     * <p>A newer request of the same agent ends one that still waits: the agent has been killed or stopped and does not listen
     * to it any more, and a job leased to nobody is lost for as long as the lease lasts.
     *
     * @throws InterruptedException if the server is stopping
     */
    Optional<Lease> lease(String agent, String account, String version, int slots, Duration wait)
            throws InterruptedException {
        long end = System.nanoTime() + Math.min(wait.toNanos(), LONGEST.toNanos());
        long seen = calls();
        Object mine = new Object();
        if (newest.put(agent, mine) != null) {
            ready();
        }
        try {
            return lease(agent, account, version, slots, wait, end, seen, mine);
        } finally {
            newest.remove(agent, mine);
        }
    }

    private Optional<Lease> lease(
            String agent,
            String account,
            String version,
            int slots,
            Duration wait,
            long end,
            long firstSeen,
            Object mine)
            throws InterruptedException {
        long seen = firstSeen;
        Optional<Lease> lease = leases.lease(agent, account, version, slots);
        if (lease.isPresent() || slots < 1 || wait.isZero() || !seats.tryAcquire()) {
            return lease;
        }
        try {
            while (lease.isEmpty() && !closed) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                seen = await(seen, Math.min(left, LOOK.toNanos()));
                if (newest.get(agent) != mine) {
                    break;
                }
                lease = leases.lease(agent, account, version, slots);
            }
            return lease;
        } finally {
            seats.release();
        }
    }

    private long calls() {
        lock.lock();
        try {
            return calls;
        } finally {
            lock.unlock();
        }
    }

    private long await(long seen, long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (calls == seen && left > 0 && !closed) {
                left = ready.awaitNanos(Math.min(left, TimeUnit.SECONDS.toNanos(5)));
            }
            return calls;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void ready() {
        lock.lock();
        try {
            calls++;
            ready.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void anything() {
        ready();
    }

    @Override
    public void changed(long jobId, @Nullable Long batchId) {}

    /** Lets everybody go, so that the server can stop. */
    void close() {
        closed = true;
        ready();
    }
}
