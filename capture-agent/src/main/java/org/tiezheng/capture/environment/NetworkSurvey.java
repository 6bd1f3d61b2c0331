package org.tiezheng.capture.environment;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ProxySelector;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.relay.Addresses;
import org.tiezheng.capture.relay.HostsFile;
import org.tiezheng.capture.relay.Relay;

/** Reads what the kernel and the settings say about the network. Asks nobody outside, but for the egress address when told to. */
final class NetworkSurvey {
    private static final Pattern VPN_NAME =
            Pattern.compile("(tun|tap|wg|ppp|ipsec|utun|vti|xfrm|gre|sit|tailscale|zt|nordlynx|proton|wireguard).*");
    private static final Pattern CREDENTIALS = Pattern.compile("//[^/@]*@");
    private static final int MOST_UNUSUAL = 1_000;
    private static final int MOST_ANSWER_BYTES = 4_096;

    private NetworkSurvey() {}

    static List<NetworkEnvironment.Interface> interfaces() throws SocketException {
        List<NetworkEnvironment.Interface> found = new ArrayList<>();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (each.isUp()) {
                found.add(new NetworkEnvironment.Interface(
                        each.getName(),
                        each.inetAddresses().map(Addresses::text).sorted().toList(),
                        each.isLoopback(),
                        !each.isLoopback()
                                && (each.isPointToPoint()
                                        || VPN_NAME.matcher(each.getName()).matches())));
            }
        }
        found.sort((a, b) -> a.name().compareTo(b.name()));
        return found;
    }

    /** Gateways of the default routes. Source: proc(5), {@code /proc/net/route} (little-endian hex) and {@code ipv6_route}. */
    static List<String> gateways(Path proc) {
        Set<String> found = new LinkedHashSet<>();
        for (String line : lines(proc.resolve("net/route"))) {
            String[] fields = line.strip().split("\\s+");
            if (fields.length > 7 && fields[1].equals("00000000") && fields[7].equals("00000000")) {
                byte[] address = bytes(fields[2]);
                if (address != null && address.length == 4) {
                    found.add(Addresses.text(ofBytes(new byte[] {address[3], address[2], address[1], address[0]})));
                }
            }
        }
        for (String line : lines(proc.resolve("net/ipv6_route"))) {
            String[] fields = line.strip().split("\\s+");
            boolean defaultRoute = fields.length > 9 && fields[0].matches("0{32}") && fields[1].equals("00");
            if (defaultRoute && !fields[4].matches("0{32}") && !fields[9].equals("lo")) {
                byte[] address = bytes(fields[4]);
                if (address != null && address.length == 16) {
                    found.add(Addresses.text(ofBytes(address)));
                }
            }
        }
        return List.copyOf(found);
    }

    static List<String> proxies(Map<String, String> environment, Properties properties) {
        Map<String, String> found = new TreeMap<>();
        environment.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.matches("(http|https|all|ftp|socks)_proxy") && !value.isBlank()) {
                found.put(name, masked(value));
            }
        });
        for (String name : List.of("http.proxyHost", "https.proxyHost", "socksProxyHost", "ftp.proxyHost")) {
            String value = properties.getProperty(name, "");
            if (!value.isBlank()) {
                found.put(name, masked(value));
            }
        }
        if (Boolean.parseBoolean(properties.getProperty("java.net.useSystemProxies", "false"))) {
            found.put("java.net.useSystemProxies", "true");
        }
        return found.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList();
    }

    private static String masked(String value) {
        return CREDENTIALS.matcher(value).replaceFirst("//***@");
    }

    static NetworkEnvironment.HostsTable hosts(Path file) {
        try {
            if (!Files.exists(file)) {
                return new NetworkEnvironment.HostsTable(null, List.of(), 0, "no such file");
            }
            List<String> unusual = unusual(HostsFile.read(file), ownAddresses());
            return new NetworkEnvironment.HostsTable(
                    ProgramInspector.sha256(file),
                    unusual.subList(0, Math.min(MOST_UNUSUAL, unusual.size())),
                    unusual.size(),
                    null);
        } catch (IOException e) {
            return new NetworkEnvironment.HostsTable(null, List.of(), 0, e.getMessage());
        }
    }

    /** Entries other than this machine's own short names: those cannot stand for a shop. */
    static List<String> unusual(HostsFile hosts, Set<InetAddress> own) {
        return hosts.entries().stream()
                .filter(entry -> {
                    InetAddress address = entry.address();
                    boolean here = address.isLoopbackAddress()
                            || address.isMulticastAddress()
                            || own.contains(address)
                            || isIp6Network(entry);
                    boolean local =
                            entry.name().indexOf('.') < 0 || entry.name().startsWith("localhost.");
                    return !(here && local);
                })
                .map(entry -> Addresses.text(entry.address()) + " " + entry.name())
                .distinct()
                .toList();
    }

    /** Debian's standard line {@code fe00::0 ip6-localnet}. */
    private static boolean isIp6Network(HostsFile.Entry entry) {
        return entry.name().startsWith("ip6-");
    }

    private static Set<InetAddress> ownAddresses() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .collect(Collectors.toCollection(HashSet::new));
    }

    static List<String> dnsServers() {
        return Relay.systemDnsServers().stream().map(Addresses::text).toList();
    }

    /**
     * Asks a service of the operator's choice which address it sees.
     *
     * @param service answers a GET with nothing but an address
     * @throws IOException if it does not
     */
    static String egressIp(URI service, Duration timeout) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .connectTimeout(timeout)
                .proxy(ProxySelector.of(null))
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        HttpRequest request = HttpRequest.newBuilder(service)
                .timeout(timeout)
                .header("Accept", "text/plain")
                .build();
        HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw new IOException("status " + response.statusCode());
            }
            String text = new String(body.readNBytes(MOST_ANSWER_BYTES), StandardCharsets.US_ASCII).strip();
            // only what can be an address reaches the JDK's parser, so that it never asks a name server
            if (!text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
                throw new IOException("the answer is no address");
            }
            return Addresses.text(InetAddress.getByName(text));
        }
    }

    private static InetAddress ofBytes(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes", e);
        }
    }

    private static byte @Nullable [] bytes(String hex) {
        if (!hex.matches("([0-9a-fA-F]{2})+")) {
            return null;
        }
        return java.util.HexFormat.of().parseHex(hex);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of(); // not a Linux, or no IPv6
        }
    }
}
