package org.tiezheng.capture.browser;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the memory of Chromium's processes and kills the largest renderer when all together pass the limit: a page
 * can allocate gigabytes in seconds and no flag of Chromium bounds that. The page then counts as crashed; the browser
 * lives on.
 */
final class MemoryWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryWatch.class);
    private static final long PERIOD_MILLIS = 500;

    interface Processes {
        List<ProcessTable.Entry> get() throws IOException;
    }

    private final Processes processes;
    private final long limitBytes;
    private final AtomicLong peakBytes = new AtomicLong();
    private final List<LongConsumer> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean stopped;
    private boolean reported;

    MemoryWatch(Processes processes, long limitBytes) {
        this.processes = processes;
        this.limitBytes = limitBytes;
        thread = new Thread(this::run, "chromium-memory");
        thread.setDaemon(true);
        thread.start();
    }

    void onLimit(LongConsumer listener) {
        listeners.add(listener);
    }

    long peakBytes() {
        return peakBytes.get();
    }

    private void run() {
        while (!stopped) {
            try {
                look();
            } catch (IOException e) {
                LOG.debug("memory watch: {}", e.getMessage());
            }
            Pause.millis(PERIOD_MILLIS);
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
        }
    }

    private record Use(ProcessTable.Entry process, long bytes) {}

    private void look() throws IOException {
        List<Use> uses = processes.get().stream()
                .map(p -> new Use(p, ProcessTable.memoryBytes(p.pid())))
                .toList();
        long total = uses.stream().mapToLong(Use::bytes).sum();
        peakBytes.accumulateAndGet(total, Math::max);
        if (total <= limitBytes || stopped) {
            return;
        }
        uses.stream()
                .filter(u -> u.process.has("--type=renderer"))
                .max(Comparator.comparingLong(Use::bytes))
                .ifPresent(largest -> {
                    LOG.warn("Chromium uses {} bytes, limit {}: ending {}", total, limitBytes, largest.process);
                    Killer.kill(largest.process);
                });
        if (!reported) {
            reported = true;
            listeners.forEach(l -> l.accept(total));
        }
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
    }
}
