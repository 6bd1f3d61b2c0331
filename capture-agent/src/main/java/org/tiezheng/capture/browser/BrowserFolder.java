package org.tiezheng.capture.browser;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The folder of one browser: profile, TLS key log, downloads, driver log. Its name says who owns it:
 * {@code tiezheng-<boot>-<pid>-<start ticks>-<random>}, and every process we start carries that name on its
 * command line or in its environment, so that the next start can tell leftovers of a dead agent from anybody else's.
 */
record BrowserFolder(Path path) {
    /** Short, because of {@link #SOCKET}: with it the path above may have 14 bytes on any machine, else up to 21. */
    static final String PREFIX = "tiezheng-";

    /** Environment variable that marks the processes we start; its value is the folder's name. */
    static final String MARK = "TIEZHENG_BROWSER";

    /** Sub-folder for Chromium's temporary files. Short, because of {@link #SOCKET}. */
    static final String TEMPORARY = "t";

    /** What Chromium makes in its temporary folder; with a longer path it ends at once, see unix(7), sun_path. */
    private static final String SOCKET = "/" + TEMPORARY + "/org.chromium.Chromium.123456/SingletonSocket";

    private static final int LONGEST_SOCKET_PATH_BYTES = 107;

    private static final Pattern NAME =
            Pattern.compile(PREFIX + "(?<boot>[0-9a-f]{8})-(?<pid>[0-9]{1,10})-(?<start>[0-9]{1,19})-[0-9a-f]{8}");

    /** Only processes of these names are ever ended by us. */
    private static final Set<String> OUR_PROGRAMS = Set.of(
            "chromedriver",
            "chromium",
            "chromium-browse",
            "chrome",
            "chrome_crashpad",
            "setsid",
            "setpriv",
            "env",
            "ffmpeg",
            "ffprobe");

    /** Those of them that are started without {@code setsid}: their session says nothing of its other members. */
    private static final Set<String> IN_OUR_OWN_SESSION = Set.of("ffmpeg", "ffprobe");

    /**
     * Makes the folder for a browser owned by this JVM; mode 0700.
     *
     * @throws IOException also if {@code root} lies so deep that Chromium could not start in it
     */
    static BrowserFolder create(Path root) throws IOException {
        byte[] random = new byte[4];
        new SecureRandom().nextBytes(random);
        String name = ownerPrefix() + HexFormat.of().formatHex(random);
        int socketBytes = (root.toRealPath().resolve(name) + SOCKET).getBytes(StandardCharsets.UTF_8).length;
        if (socketBytes > LONGEST_SOCKET_PATH_BYTES) {
            throw new IOException(
                    "the temporary folder " + root + " has a path " + (socketBytes - LONGEST_SOCKET_PATH_BYTES)
                            + " bytes too long for Chromium; choose a shorter one with JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER");
        }
        Path path = Files.createDirectory(
                root.resolve(name), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new BrowserFolder(path.toRealPath());
    }

    /** What the names of all folders of this JVM begin with. */
    private static String ownerPrefix() throws IOException {
        long pid = ProcessHandle.current().pid();
        long start = ProcessTable.read(pid)
                .orElseThrow(() -> new IOException("/proc/" + pid + "/stat cannot be read"))
                .startTicks();
        return PREFIX + bootId() + "-" + pid + "-" + start + "-";
    }

    /** A mark for a process of ours that has no browser folder (ffmpeg); names this JVM as the owner all the same. */
    static String markFor(Path root) throws IOException {
        return ownerPrefix() + HexFormat.of().toHexDigits(root.toString().hashCode());
    }

    /** All browser folders in {@code root}, whoever owns them. Symbolic links do not count. */
    static List<BrowserFolder> in(Path root) throws IOException {
        List<BrowserFolder> found = new ArrayList<>();
        try (var entries = Files.newDirectoryStream(root, PREFIX + "*")) {
            for (Path entry : entries) {
                if (NAME.matcher(entry.getFileName().toString()).matches()
                        && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    found.add(new BrowserFolder(entry));
                }
            }
        }
        return found;
    }

    String name() {
        return path.getFileName().toString();
    }

    /** The name inside a mark or argument, if the text names one of our folders. */
    static Optional<String> nameIn(String text) {
        Matcher m = NAME.matcher(text);
        return m.find() ? Optional.of(m.group()) : Optional.empty();
    }

    /** Whether the JVM that made a folder of this name is still running. */
    static boolean ownerAlive(String name) throws IOException {
        Matcher m = NAME.matcher(name);
        if (!m.matches() || !m.group("boot").equals(bootId())) {
            return false;
        }
        long start = Long.parseLong(m.group("start"));
        return ProcessTable.read(Long.parseLong(m.group("pid")))
                .filter(p -> p.startTicks() == start)
                .isPresent();
    }

    /**
     * The processes that belong to a folder of this name: those that carry it, and every one of our programs in the
     * session such a process leads or lives in (renderers do not show their mark). Never this JVM.
     */
    static List<ProcessTable.Entry> processesOf(String name, List<ProcessTable.Entry> all) {
        return processesOf(name, all, Set.of());
    }

    /**
     * As above, and those in {@code knownSessions}: a sandboxed process that outlives its parents by a moment shows
     * neither mark nor folder to an unprivileged user.
     */
    static List<ProcessTable.Entry> processesOf(String name, List<ProcessTable.Entry> all, Set<Long> knownSessions) {
        Set<Long> sessions = new TreeSet<>(knownSessions);
        Set<Long> carriers = new TreeSet<>();
        String mark = MARK + "=" + name;
        for (ProcessTable.Entry p : all) {
            if (OUR_PROGRAMS.contains(p.name())
                    && (p.arguments().stream().anyMatch(a -> a.contains(name))
                            || ProcessTable.environment(p.pid()).contains(mark))) {
                carriers.add(p.pid());
                // Session 0: its leader lives outside our PID namespace, so the session is the whole container's.
                if (p.session() > 0 && !IN_OUR_OWN_SESSION.contains(p.name())) {
                    sessions.add(p.session());
                }
            }
        }
        // A session led by somebody else, a terminal's shell for example, may hold a browser that is not ours.
        for (ProcessTable.Entry p : all) {
            if (!carriers.contains(p.pid())) {
                sessions.remove(p.pid());
            }
        }
        return all.stream()
                .filter(p -> OUR_PROGRAMS.contains(p.name()))
                .filter(p -> carriers.contains(p.pid()) || sessions.contains(p.session()))
                .toList();
    }

    List<ProcessTable.Entry> processes() throws IOException {
        return processesOf(name(), ProcessTable.all());
    }

    /** Deletes the folder with all it holds. Links are deleted, not followed. */
    void delete() throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                FolderTree.delete(path);
                return;
            } catch (IOException e) {
                // A dying process may still create a file between our listing and our rmdir.
                if (attempt == 4) {
                    throw e;
                }
                Pause.millis(50);
            }
        }
    }

    private static String bootId() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id"), StandardCharsets.US_ASCII)
                .substring(0, 8);
    }
}
