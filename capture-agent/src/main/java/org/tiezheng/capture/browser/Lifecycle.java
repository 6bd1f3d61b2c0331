package org.tiezheng.capture.browser;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.cdp.CdpEvent;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;

/**
 * Which document of the main frame is where in loading. Events are matched by loader id, else the {@code load} of
 * about:blank would be taken for the page's.
 */
final class Lifecycle {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Set<String>> byLoader = new HashMap<>();
    private @Nullable String mainFrame;
    private @Nullable String current;
    private int commits;
    private boolean navigationRequested;
    private boolean crashed;
    private boolean ended;

    void mainFrame(String frameId) {
        locked(() -> mainFrame = frameId);
    }

    /** A load is about to be asked for: a crash of what was there before is no news any more. */
    void loadingStarts() {
        locked(() -> crashed = false);
    }

    /** An event of the page's own session. */
    void onEvent(CdpEvent event) {
        JsonNode p = event.params();
        switch (event.method()) {
            case "Page.lifecycleEvent" ->
                locked(() -> {
                    if (Json.text(p, "frameId").equals(mainFrame)) {
                        byLoader.computeIfAbsent(Json.text(p, "loaderId"), k -> new HashSet<>())
                                .add(Json.text(p, "name"));
                    }
                });
            case "Page.frameNavigated" ->
                locked(() -> {
                    JsonNode frame = Json.child(p, "frame");
                    if (Json.text(frame, "id").equals(mainFrame)) {
                        current = Json.text(frame, "loaderId");
                        commits++;
                        navigationRequested = false;
                        crashed = false;
                    }
                });
            case "Page.frameRequestedNavigation" ->
                locked(() -> {
                    if (Json.text(p, "frameId").equals(mainFrame)
                            && Json.text(p, "disposition").equals("currentTab")) {
                        navigationRequested = true;
                    }
                });
            case "Page.frameStoppedLoading" ->
                locked(() -> {
                    if (Json.text(p, "frameId").equals(mainFrame)) {
                        navigationRequested = false;
                    }
                });
            case "Inspector.targetCrashed" -> locked(() -> crashed = true);
            default -> {
                // the others do not move a document
            }
        }
    }

    void connectionLost() {
        locked(() -> ended = true);
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the condition, which is asked under the lock, holds, the browser is lost, or the time is over. */
    private boolean await(BooleanSupplier condition, long deadlineNanos) {
        lock.lock();
        try {
            while (!condition.getAsBoolean()) {
                long left = deadlineNanos - System.nanoTime();
                if (left <= 0 || ended) {
                    return false;
                }
                boolean ignored = changed.await(left, TimeUnit.NANOSECONDS);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** State of the document that is shown. */
    record State(boolean loaded, boolean contentLoaded, boolean crashed, int commits, boolean navigationRequested) {}

    State state() {
        lock.lock();
        try {
            Set<String> names = current == null ? Set.of() : byLoader.getOrDefault(current, Set.of());
            return new State(
                    names.contains("load"), names.contains("DOMContentLoaded"), crashed, commits, navigationRequested);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the load event of {@code loaderId}, or of the document that has replaced it. */
    boolean awaitLoad(@Nullable String loaderId, long deadlineNanos) {
        return await(
                () -> crashed || (loadedNow() && (loaderId == null || byLoader.containsKey(loaderId))), deadlineNanos);
    }

    /** Waits for a navigation that was asked for, or a crash; false means the page is quiet. */
    boolean awaitNavigation(int commitsSeen, long deadlineNanos) {
        return await(() -> crashed || commits > commitsSeen, deadlineNanos);
    }

    private boolean loadedNow() {
        return current != null && byLoader.getOrDefault(current, Set.of()).contains("load");
    }
}
