package org.tiezheng.capture.record;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * The machine and the programs (domain rows 13 to 17).
 *
 * @param software programs that took part, with the digest of the file that ran
 * @param browser absent if Chromium never started
 * @param hostsFile digest of the hosts file
 * @param proxies proxy settings found in environment and system; must be empty
 * @param processes names of all processes seen on the machine at the start
 * @param cleanliness the checks of domain row 17 that a server can do
 */
public record Environment(
        Device device,
        List<Software> software,
        @Nullable Browser browser,
        Fonts fonts,
        HostsFile hostsFile,
        List<String> proxies,
        List<ProcessEntry> processes,
        List<Check> cleanliness) {

    public Environment {
        software = List.copyOf(software);
        proxies = List.copyOf(proxies);
        processes = List.copyOf(processes);
        cleanliness = List.copyOf(cleanliness);
    }

    /**
     * @param hostName as the machine calls itself
     * @param os name and version of the operating system
     * @param kernel name and version
     * @param arch CPU architecture
     * @param user account the agent runs under
     * @param locale of the agent, BCP 47
     * @param timezone of the machine, IANA
     * @param freeDiskBytes in the data folder when the capture began
     */
    public record Device(
            String hostName,
            String os,
            String kernel,
            String arch,
            int processors,
            @Nullable Long memoryBytes,
            String user,
            String locale,
            String timezone,
            @Nullable Long freeDiskBytes) {}

    /** @param sha256 of the program file; absent with a {@code reason} if it could not be read */
    public record Software(
            String name,
            String version,
            @Nullable Digest sha256,
            @Nullable String reason) {}

    /**
     * @param product as {@code Browser.getVersion} says, such as {@code Chrome/156.0.8078.79}
     * @param arguments command line the agent gave it
     * @param viewport CSS pixels
     * @param sandbox whether Chromium's sandbox was on
     * @param sandboxDetail how, or why not
     * @param user account Chromium ran under
     */
    public record Browser(
            String product,
            @Nullable String revision,
            @Nullable String jsVersion,
            String userAgent,
            List<String> arguments,
            Viewport viewport,
            String language,
            String timezone,
            boolean sandbox,
            String sandboxDetail,
            String user) {

        public Browser {
            arguments = List.copyOf(arguments);
        }
    }

    public record Viewport(int width, int height, double deviceScaleFactor, boolean mobile, boolean touch) {}

    /** @param listSha256 digest of the sorted font list; absent if fontconfig did not answer */
    public record Fonts(int count, @Nullable Digest listSha256, List<String> used) {

        public Fonts {
            used = List.copyOf(used);
        }
    }

    public record HostsFile(
            @Nullable Digest sha256,
            List<String> entries,
            @Nullable String reason) {

        public HostsFile {
            entries = List.copyOf(entries);
        }
    }

    public record ProcessEntry(
            long pid, String name, @Nullable String user) {}

    /**
     * One cleanliness check.
     *
     * @param item stable word, such as {@code proxy-none}
     * @param result {@code passed}, {@code failed} or {@code not-available}
     */
    public record Check(String item, String result, String detail, Instant checkedAt) {}
}
