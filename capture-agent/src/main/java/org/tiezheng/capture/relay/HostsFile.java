package org.tiezheng.capture.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The machine's own name table, {@code /etc/hosts}: read once, so that one capture sees one table. hosts(5). */
public final class HostsFile {
    /** A hosts file is small; a blocking list of millions of names is not what a capture machine should have. */
    private static final long LARGEST_BYTES = 8L << 20;

    /** One name of one line. */
    public record Entry(String name, InetAddress address) {}

    private final List<Entry> entries;
    private final Map<String, List<InetAddress>> byName = new LinkedHashMap<>();

    private HostsFile(List<Entry> entries) {
        this.entries = List.copyOf(entries);
        for (Entry entry : entries) {
            byName.computeIfAbsent(entry.name(), name -> new ArrayList<>()).add(entry.address());
        }
    }

    public static HostsFile empty() {
        return new HostsFile(List.of());
    }

    /** A file that does not exist is an empty table. Lines that make no sense are passed over, as the C library does. */
    public static HostsFile read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return empty();
        }
        if (Files.size(file) > LARGEST_BYTES) {
            throw new IOException("larger than " + LARGEST_BYTES + " bytes: " + file);
        }
        return parse(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
    }

    public static HostsFile parse(String text) {
        List<Entry> entries = new ArrayList<>();
        for (String line : text.split("\\R")) {
            int comment = line.indexOf('#');
            String[] fields =
                    (comment < 0 ? line : line.substring(0, comment)).trim().split("[ \\t]+");
            int zone = fields[0].indexOf('%');
            String address = zone < 0 ? fields[0] : fields[0].substring(0, zone);
            if (HostText.parse(address) instanceof HostText.Literal literal) {
                for (int i = 1; i < fields.length; i++) {
                    entries.add(new Entry(fields[i].toLowerCase(Locale.ROOT), literal.address()));
                }
            }
        }
        return new HostsFile(entries);
    }

    public List<Entry> entries() {
        return entries;
    }

    /** @param name lower case, no trailing dot; empty if the table does not know it */
    List<InetAddress> addresses(String name) {
        return List.copyOf(byName.getOrDefault(name, List.of()));
    }
}
