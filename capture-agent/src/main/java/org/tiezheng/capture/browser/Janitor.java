package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cleans up after agents that died without a chance to: {@code kill -9} of a JVM leaves chromedriver, Chromium and
 * ffmpeg running and the profile on disk.
 *
 * <p>Run it once at start, before the first capture. It only touches folders named as ours, and processes that carry
 * such a name, whose owner (pid and start time are in the name) is no longer running; other agents on the machine are
 * left alone.
 */
public final class Janitor {
    private static final Logger LOG = LoggerFactory.getLogger(Janitor.class);
    private static final long KILL_MILLIS = 10_000;

    private Janitor() {}

    /**
     * What was found and done.
     *
     * @param killed processes, as {@code pid name}
     * @param deleted folders
     * @param failed what could not be removed, with the reason
     */
    public record Report(List<String> killed, List<Path> deleted, List<String> failed) {
        public Report {
            killed = List.copyOf(killed);
            deleted = List.copyOf(deleted);
            failed = List.copyOf(failed);
        }
    }

    /**
     * Ends what dead owners left running and deletes what they left on disk.
     *
     * @param tempRoot the one of {@link LaunchOptions}
     */
    public static Report cleanUp(Path tempRoot) throws IOException {
        List<String> killed = new ArrayList<>();
        List<Path> deleted = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        List<BrowserFolder> folders = BrowserFolder.in(tempRoot);
        folders.forEach(f -> names.add(f.name()));
        names.addAll(namesCarried());
        for (String name : names) {
            if (BrowserFolder.ownerAlive(name)) {
                continue;
            }
            Killer.Outcome outcome = Killer.killAll(name, KILL_MILLIS);
            killed.addAll(outcome.killed());
            outcome.left().forEach(p -> failed.add("process " + p + " of " + name + " does not end"));
        }
        for (BrowserFolder folder : folders) {
            if (BrowserFolder.ownerAlive(folder.name())) {
                continue;
            }
            try {
                folder.delete();
                deleted.add(folder.path());
            } catch (IOException e) {
                failed.add(folder.path() + ": " + e.getMessage());
            }
        }
        if (!killed.isEmpty() || !deleted.isEmpty()) {
            LOG.debug("removed leftovers of a dead agent: {} processes, {} folders", killed.size(), deleted.size());
        }
        return new Report(killed, deleted, failed);
    }

    /** Folder names that running processes carry, also when the folder itself is gone. */
    private static Set<String> namesCarried() throws IOException {
        Set<String> names = new LinkedHashSet<>();
        for (ProcessTable.Entry p : ProcessTable.all()) {
            for (String argument : p.arguments()) {
                BrowserFolder.nameIn(argument).ifPresent(names::add);
            }
            if (p.name().equals("ffmpeg")) {
                for (String variable : ProcessTable.environment(p.pid())) {
                    if (variable.startsWith(BrowserFolder.MARK + "=")) {
                        BrowserFolder.nameIn(variable).ifPresent(names::add);
                    }
                }
            }
        }
        return names;
    }
}
