package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code /proc}. A process that ends while we read it is simply not there. */
final class ProcessTable {
    private static final Path PROC = Path.of("/proc");

    /**
     * One process.
     *
     * @param session id of its session; ours are started with {@code setsid}
     * @param startTicks start time in clock ticks since boot: with the pid it names a process for good
     * @param name the kernel's name, at most 15 characters
     * @param arguments the command line, if it may be read
     */
    record Entry(long pid, long parent, long session, long startTicks, String name, List<String> arguments) {
        @Override
        public String toString() {
            return pid + " " + name;
        }

        /**
         * Whether the command line has this argument. Chromium's processes write their title over it: all of it is one
         * argument then, with spaces in it.
         */
        boolean has(String argument) {
            return arguments.stream().anyMatch(a -> (" " + a + " ").contains(" " + argument + " "));
        }
    }

    private ProcessTable() {}

    /** All processes but zombies. */
    static List<Entry> all() throws IOException {
        List<Entry> found = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path folder : folders) {
                read(Long.parseLong(folder.getFileName().toString())).ifPresent(found::add);
            }
        }
        return found;
    }

    /** The process of this pid, if there is one that is not a zombie. */
    static Optional<Entry> read(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            // The name stands in parentheses and may itself hold spaces and parentheses.
            int open = stat.indexOf('(');
            int close = stat.lastIndexOf(')');
            String[] rest = stat.substring(close + 2).split(" ", -1);
            if (rest[0].equals("Z") || rest[0].equals("X")) {
                return Optional.empty();
            }
            return Optional.of(new Entry(
                    pid,
                    Long.parseLong(rest[1]),
                    Long.parseLong(rest[3]),
                    Long.parseLong(rest[19]),
                    stat.substring(open + 1, close),
                    zeroSeparated(pid, "cmdline")));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** The environment, or nothing if it may not be read. */
    static List<String> environment(long pid) {
        return zeroSeparated(pid, "environ");
    }

    /** The value of a line of {@code /proc/<pid>/status}, or "". */
    static String status(long pid, String field) {
        try {
            for (String line : Files.readAllLines(PROC.resolve(pid + "/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(field + ":")) {
                    return line.substring(field.length() + 1).strip();
                }
            }
        } catch (IOException e) {
            return "";
        }
        return "";
    }

    /** The namespace a process is in, for example {@code user:[4026531837]}, or "" if that may not be read. */
    static String namespace(long pid, String kind) {
        try {
            return Files.readSymbolicLink(PROC.resolve(pid + "/ns/" + kind)).toString();
        } catch (IOException e) {
            return "";
        }
    }

    /** Proportional share of memory in bytes; where that may not be read, resident memory without shared pages. */
    static long memoryBytes(long pid) {
        try {
            for (String line : Files.readAllLines(PROC.resolve(pid + "/smaps_rollup"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("Pss:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Sandboxed processes are not readable for their own user: fall through.
        }
        try {
            String[] pages = Files.readString(PROC.resolve(pid + "/statm"), StandardCharsets.ISO_8859_1)
                    .strip()
                    .split(" ", -1);
            return Math.max(0, Long.parseLong(pages[1]) - Long.parseLong(pages[2])) * 4096;
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }

    private static List<String> zeroSeparated(long pid, String file) {
        try {
            String text = Files.readString(PROC.resolve(pid + "/" + file), StandardCharsets.ISO_8859_1);
            List<String> parts = new ArrayList<>();
            for (String part : text.split("\0", -1)) {
                if (!part.isEmpty()) {
                    parts.add(part);
                }
            }
            return List.copyOf(parts);
        } catch (IOException e) {
            return List.of();
        }
    }
}
