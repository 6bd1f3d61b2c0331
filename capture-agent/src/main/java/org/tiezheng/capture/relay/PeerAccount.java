package org.tiezheng.capture.relay;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Which account a connection on loopback comes from, as the kernel's socket tables say. Source: proc(5), {@code /proc/net/tcp}: local
 * address, remote address, state, …, uid in the eighth field.
 */
final class PeerAccount {
    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final String ESTABLISHED = "01";

    private PeerAccount() {}

    /**
     * @param peer the client's end of the connection
     * @param relay our end
     * @return empty if the kernel does not tell, or the client has closed already
     */
    static OptionalInt uid(InetSocketAddress peer, InetSocketAddress relay) {
        String from = String.format(Locale.ROOT, ":%04X", peer.getPort());
        String to = String.format(Locale.ROOT, ":%04X", relay.getPort());
        for (Path table : TABLES) {
            try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String[] fields = line.strip().split("\\s+");
                    if (fields.length > 7
                            && fields[1].endsWith(from)
                            && fields[2].endsWith(to)
                            && fields[3].equals(ESTABLISHED)
                            && fields[7].matches("[0-9]{1,9}")) {
                        return OptionalInt.of(Integer.parseInt(fields[7]));
                    }
                }
            } catch (IOException e) {
                continue; // no such table on this system
            }
        }
        return OptionalInt.empty();
    }
}
