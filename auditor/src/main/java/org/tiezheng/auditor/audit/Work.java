package org.tiezheng.auditor.audit;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The folder of a run: what each unit of work found and left for later ones.
 *
 * <p>A unit is done when its {@code .done} is there, which appears with a rename; what was broken off before leaves files that
 * the next run writes again. So a run may be killed anywhere, and goes on where it was.
 *
 * <pre>
 * audit.txt              says that this is such a folder
 * subject.txt, checkpoint, time.txt     see {@link Pinned}
 * &lt;unit&gt;.jsonl           findings and notes
 * &lt;unit&gt;.done            counts
 * rows/                  for later steps
 * </pre>
 */
final class Work implements Closeable {
    private static final String DONE = ".done";

    private final Path folder;
    private final boolean temporary;

    private Work(Path folder, boolean temporary) {
        this.folder = folder;
        this.temporary = temporary;
    }

    /** A unit of work. */
    @FunctionalInterface
    interface Unit {
        void run(UnitLog log) throws IOException;
    }

    /** In a new folder for temporary files, removed at the end. */
    static Work temporary() throws IOException {
        Work work = new Work(Files.createTempDirectory("tiezheng-audit"), true);
        Files.createDirectories(work.rows());
        return work;
    }

    /**
     * In a folder that stays, new or of a run that was broken off.
     *
     * @throws IOException also if the folder has other things in it
     */
    static Work in(Path folder) throws IOException {
        Path mark = folder.resolve("audit.txt");
        if (Files.exists(folder) && !Files.exists(mark)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new IOException(folder + " is neither empty nor of an audit");
                }
            }
        }
        Files.createDirectories(folder);
        write(mark, "tiezheng audit 1\n");
        Work work = new Work(folder, false);
        Files.createDirectories(work.rows());
        return work;
    }

    Path rows() {
        return folder.resolve("rows");
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    boolean isDone(String unit) {
        return Files.exists(folder.resolve(unit + DONE));
    }

    /** Runs it, unless that was done. */
    void unit(String name, String place, Unit unit) throws IOException {
        if (isDone(name)) {
            return;
        }
        Tally tally;
        try (UnitLog log = new UnitLog(folder.resolve(name + ".jsonl"), place)) {
            unit.run(log);
            tally = log.tally();
        }
        Map<String, List<Long>> counts = new TreeMap<>();
        tally.counts()
                .forEach((row, count) -> counts.put(
                        row.area().name() + "\t" + row.place(),
                        List.of(count.of(), count.checked(), count.problems())));
        write(folder.resolve(name + DONE), UnitLog.JSON.writeValueAsString(counts) + "\n");
    }

    /** Dying here leaves a file that nobody reads. */
    static void write(Path file, String text) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(unfinished, text);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Counts of all units that are done. */
    Tally tally() throws IOException {
        Tally all = new Tally();
        for (Path done : files(DONE)) {
            for (var entry : UnitLog.JSON.readTree(Files.readString(done)).properties()) {
                String[] row = entry.getKey().split("\t", -1);
                all.add(
                        Area.valueOf(row[0]),
                        row[1],
                        new Tally.Count(
                                entry.getValue().get(0).asLong(),
                                entry.getValue().get(1).asLong(),
                                entry.getValue().get(2).asLong()));
            }
        }
        return all;
    }

    /** Findings and notes of all units, unit by unit in the order of their names. */
    void lines(Consumer<UnitLog.Line> reader) throws IOException {
        for (Path file : files(".jsonl")) {
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    reader.accept(UnitLog.JSON.readValue(line, UnitLog.Line.class));
                }
            } catch (NoSuchFileException none) {
                continue;
            }
        }
    }

    private List<Path> files(String suffix) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + suffix)) {
            files.forEach(found::add);
        }
        found.sort(null);
        return found;
    }

    /** Removes the folder if it is a temporary one. */
    @Override
    public void close() throws IOException {
        if (temporary && Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
