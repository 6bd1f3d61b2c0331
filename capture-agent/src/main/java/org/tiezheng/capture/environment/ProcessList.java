package org.tiezheng.capture.environment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What runs on this machine: names, numbers and accounts, never command lines, which hold other people's passwords.
 *
 * @param entries in order of their numbers; at most 5,000
 * @param total how many there are
 * @param suspicious those known for remote control, for recording or for changing traffic
 */
public record ProcessList(List<Entry> entries, int total, List<Suspicious> suspicious) {
    private static final int MOST_ENTRIES = 5_000;

    /** The kernel cuts names at 15 characters, so these are cut too. Word to kind. */
    private static final Map<String, String> KNOWN = known(
            "remote-control",
            "teamviewer teamviewerd anydesk rustdesk todesk todesk_service sunloginclient oray_rundaemon x11vnc xvnc xtightvnc"
                    + " vncserver x0vncserver xrdp xrdp-sesman gnome-remote-desktop nxserver nxnode splashtop meshagent",
            "traffic-proxy",
            "mitmproxy mitmdump mitmweb burpsuite charles fiddler sslsplit bettercap ettercap squid privoxy tinyproxy polipo"
                    + " redsocks clash mihomo v2ray xray sing-box trojan ss-local sslocal shadowsocks proxychains tor dnsmasq-spoof",
            "traffic-recorder",
            "wireshark tshark dumpcap tcpdump ettercap-pkexec",
            "screen-recorder",
            "obs simplescreenrecorder kazam peek vokoscreen",
            "debugger",
            "gdb lldb strace ltrace frida frida-server rr");

    public ProcessList {
        entries = List.copyOf(entries);
        suspicious = List.copyOf(suspicious);
    }

    /**
     * @param name the kernel's name, at most 15 characters
     * @param user account; null if the process ended meanwhile
     */
    public record Entry(long pid, String name, @Nullable String user) {}

    /** @param kind {@code remote-control}, {@code traffic-proxy}, {@code traffic-recorder}, {@code screen-recorder}, {@code debugger} */
    public record Suspicious(long pid, String name, String kind) {}

    static ProcessList look() throws IOException {
        List<Entry> all = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path folder : folders) {
                try {
                    String name = Files.readString(folder.resolve("comm"), StandardCharsets.UTF_8)
                            .strip();
                    all.add(new Entry(Long.parseLong(folder.getFileName().toString()), name, owner(folder)));
                } catch (IOException | NumberFormatException e) {
                    continue; // it ended while we looked
                }
            }
        }
        all.sort(Comparator.comparingLong(Entry::pid));
        return of(all);
    }

    static ProcessList of(List<Entry> all) {
        List<Suspicious> suspicious = new ArrayList<>();
        for (Entry entry : all) {
            String kind = KNOWN.get(entry.name().toLowerCase(Locale.ROOT));
            if (kind != null) {
                suspicious.add(new Suspicious(entry.pid(), entry.name(), kind));
            }
        }
        return new ProcessList(all.subList(0, Math.min(MOST_ENTRIES, all.size())), all.size(), suspicious);
    }

    private static @Nullable String owner(Path folder) {
        try {
            return Files.getOwner(folder).getName();
        } catch (IOException e) {
            return null;
        }
    }

    private static Map<String, String> known(String... kindsAndNames) {
        Map<String, String> kinds = new TreeMap<>();
        for (int i = 0; i < kindsAndNames.length; i += 2) {
            for (String name : kindsAndNames[i + 1].split(" ")) {
                kinds.put(name.substring(0, Math.min(15, name.length())), kindsAndNames[i]);
            }
        }
        return kinds;
    }
}
