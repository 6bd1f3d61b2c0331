package org.tiezheng.capture.environment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The machine and the account (domain.md C1, row 13). The host's name is left out: it often is a person's, and proves nothing.
 *
 * @param os PRETTY_NAME of os-release(5), such as {@code Debian GNU/Linux 12 (bookworm)}
 * @param kernel release and build of the kernel
 * @param arch such as {@code amd64}
 * @param jvm name and full version
 * @param cpu model; null if the kernel does not tell
 * @param processors the JVM may use
 * @param memoryBytes of the machine or container
 * @param user account the agent runs under
 * @param uid its number; null if not a Unix
 * @param locale of the agent, BCP 47
 * @param timeZone of the machine, IANA
 * @param freeDiskBytes for the data folder
 * @param container hints that this is one: {@code docker}, {@code podman}, {@code kubernetes}, {@code lxc} …; empty on bare metal,
 *     as far as one can see
 */
public record Machine(
        String os,
        String kernel,
        String arch,
        String jvm,
        @Nullable String cpu,
        int processors,
        @Nullable Long memoryBytes,
        String user,
        @Nullable Integer uid,
        String locale,
        String timeZone,
        @Nullable Long freeDiskBytes,
        List<String> container) {

    public Machine {
        container = List.copyOf(container);
    }

    static Machine look(Path dataFolder) {
        return new Machine(
                osName(),
                (line("/proc/sys/kernel/osrelease", System.getProperty("os.version", "")) + " "
                                + line("/proc/sys/kernel/version", ""))
                        .strip(),
                System.getProperty("os.arch", ""),
                System.getProperty("java.vm.name", "") + " " + System.getProperty("java.runtime.version", ""),
                field("/proc/cpuinfo", "model name"),
                Runtime.getRuntime().availableProcessors(),
                memory(),
                System.getProperty("user.name", ""),
                userId(),
                Locale.getDefault().toLanguageTag(),
                ZoneId.systemDefault().getId(),
                freeDisk(dataFolder),
                containerHints());
    }

    private static String osName() {
        Map<String, String> release = new HashMap<>();
        for (String line : lines(Path.of("/etc/os-release"))) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                release.put(
                        line.substring(0, equals), line.substring(equals + 1).replaceAll("^\"|\"$", ""));
            }
        }
        String fallback = System.getProperty("os.name", "") + " " + System.getProperty("os.version", "");
        return release.getOrDefault("PRETTY_NAME", fallback);
    }

    private static @Nullable Long memory() {
        String total = field("/proc/meminfo", "MemTotal");
        return total != null && total.matches("[0-9]{1,15} kB")
                ? Long.parseLong(total.substring(0, total.indexOf(' '))) * 1024
                : null;
    }

    private static @Nullable Integer userId() {
        String uids = field("/proc/self/status", "Uid");
        return uids != null && uids.matches("[0-9]{1,9}\\s.*") ? Integer.valueOf(uids.split("\\s", 2)[0]) : null;
    }

    private static @Nullable Long freeDisk(Path folder) {
        for (Path there = folder.toAbsolutePath(); there != null; there = there.getParent()) {
            if (Files.exists(there)) {
                try {
                    return Files.getFileStore(there).getUsableSpace();
                } catch (IOException e) {
                    return null;
                }
            }
        }
        return null;
    }

    private static List<String> containerHints() {
        List<String> hints = new ArrayList<>();
        if (Files.exists(Path.of("/.dockerenv"))) {
            hints.add("docker");
        }
        if (Files.exists(Path.of("/run/.containerenv"))) {
            hints.add("podman");
        }
        String groups = String.join("\n", lines(Path.of("/proc/1/cgroup")));
        for (String kind : List.of("kubepods", "docker", "containerd", "lxc")) {
            if (groups.contains(kind) && !hints.contains(kind)) {
                hints.add(kind);
            }
        }
        String named = System.getenv("container");
        if (named != null && !named.isBlank() && !hints.contains(named)) {
            hints.add(named);
        }
        return hints;
    }

    private static String line(String file, String otherwise) {
        List<String> lines = lines(Path.of(file));
        return lines.isEmpty() ? otherwise : lines.get(0).strip();
    }

    /** The value behind {@code name:} in one of the kernel's tables. */
    private static @Nullable String field(String file, String name) {
        for (String line : lines(Path.of(file))) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).strip().equals(name)) {
                return line.substring(colon + 1).strip();
            }
        }
        return null;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of(); // not this kind of system
        }
    }
}
