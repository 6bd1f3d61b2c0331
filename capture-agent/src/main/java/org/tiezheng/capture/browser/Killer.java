package org.tiezheng.capture.browser;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Ends all processes of a browser folder and makes sure of it. */
final class Killer {
    private Killer() {}

    /**
     * What came of it.
     *
     * @param killed what was ended
     * @param left what is still there after the time given
     */
    record Outcome(List<String> killed, List<String> left) {}

    /** Kills until nothing is left or the time is over; processes may start others while we work. */
    static Outcome killAll(String folderName, long withinMillis) throws IOException {
        return killAll(folderName, Set.of(), withinMillis);
    }

    /**
     * As above.
     *
     * @param sessions known to be ours
     */
    static Outcome killAll(String folderName, Set<Long> sessions, long withinMillis) throws IOException {
        Set<String> killed = new LinkedHashSet<>();
        long deadline = System.nanoTime() + withinMillis * 1_000_000;
        while (true) {
            List<ProcessTable.Entry> processes = BrowserFolder.processesOf(folderName, ProcessTable.all(), sessions);
            if (processes.isEmpty()) {
                return new Outcome(List.copyOf(killed), List.of());
            }
            if (System.nanoTime() > deadline) {
                return new Outcome(
                        List.copyOf(killed),
                        processes.stream().map(ProcessTable.Entry::toString).toList());
            }
            for (ProcessTable.Entry p : processes) {
                kill(p);
                killed.add(p.toString());
            }
            Pause.millis(20);
        }
    }

    /** Kills this very process, not one that got its pid since. */
    static void kill(ProcessTable.Entry process) {
        Optional<ProcessHandle> handle = ProcessHandle.of(process.pid());
        if (handle.isPresent()
                && ProcessTable.read(process.pid())
                        .filter(now -> now.startTicks() == process.startTicks())
                        .isPresent()) {
            boolean ignored = handle.get().destroyForcibly();
        }
    }
}
