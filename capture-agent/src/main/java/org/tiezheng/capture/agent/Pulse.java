package org.tiezheng.capture.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How far one job is, as the heartbeats tell it. Written by the capture, read by the threads that tell the server. */
final class Pulse implements Captures.Watch {
    /** The server takes no more; a capture has some 25. */
    private static final int MOST_STEPS = 64;

    private final long startNanos = System.nanoTime();
    private final List<ArchiveClient.StepDone> done = new ArrayList<>();
    private String step = "";
    private LongSupplier bytes = () -> 0;
    private boolean changed = true;
    private byte @Nullable [] picture;

    /** @param bytesNow of that step, so far */
    record State(String step, List<ArchiveClient.StepDone> done, long bytesNow, Duration elapsed) {}

    @Override
    public synchronized void started(String name) {
        step = name;
        changed = true;
        notifyAll();
    }

    @Override
    public synchronized void ended(String name, Duration took, String outcome) {
        if (done.size() < MOST_STEPS) {
            done.add(new ArchiveClient.StepDone(name, took, outcome));
        }
        changed = true;
        notifyAll();
    }

    @Override
    public synchronized void traffic(LongSupplier source) {
        bytes = source;
    }

    @Override
    public synchronized void picture(byte[] jpeg) {
        picture = jpeg;
    }

    /** The newest picture nobody has taken yet; null if there is none. */
    synchronized byte @Nullable [] takePicture() {
        byte[] newest = picture;
        picture = null;
        return newest;
    }

    synchronized State state() {
        changed = false;
        return new State(step, List.copyOf(done), bytes.getAsLong(), Duration.ofNanos(System.nanoTime() - startNanos));
    }

    /** Until something has changed, at most {@code limit}. */
    synchronized void awaitChange(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!changed) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }
}
