package org.tiezheng.capture.relay;

import static java.nio.channels.SelectionKey.OP_CONNECT;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From the client's greeting to a connection that stands: negotiates, resolves, asks the policy about every address, connects. Belongs
 * to the relay's thread; hands over to {@link LinkCopier}.
 */
final class LinkOpener {
    private static final int MOST_CANDIDATES = 8;
    /** Longer than {@link NameResolver} takes at its worst with three servers. */
    private static final Duration RESOLUTION = Duration.ofSeconds(60);

    private final RelayLoop loop;
    private final Relay.Settings settings;
    private final RelayLimits limits;
    private final WireSpool spool;
    private final NameResolver resolver;
    private final LinkCopier copier;
    private final Set<Integer> resolutionsOnFile = new HashSet<>();
    private final List<Denial> denials = new ArrayList<>();

    LinkOpener(RelayLoop loop, Relay.Settings settings, NameResolver resolver, LinkCopier copier) {
        this.loop = loop;
        this.settings = settings;
        this.limits = settings.limits();
        this.spool = settings.spool();
        this.resolver = resolver;
        this.copier = copier;
    }

    List<Denial> denials() {
        return denials;
    }

    /** Something has arrived from a client that has not asked yet. */
    void negotiate(Link link) {
        try {
            if (link.client.read(link.early) < 0) {
                loop.finish(link, "protocol-error", "client", "closed before it asked for anything");
                return;
            }
            link.early.flip();
            SocksRequest.Step step = link.socks.advance(link.early);
            while (step == SocksRequest.Step.GREETED) {
                say(link, SocksRequest.methodReply());
                step = link.socks.advance(link.early);
            }
            link.early.compact();
            if (step == SocksRequest.Step.REQUESTED) {
                requested(link);
            } else if (step == SocksRequest.Step.REJECTED) {
                byte[] answer = link.socks.rejection();
                if (answer != null) {
                    say(link, answer);
                }
                loop.finish(link, "protocol-error", "relay", link.socks.fault());
            }
        } catch (IOException e) {
            loop.finish(link, "protocol-error", "client", RelayLoop.message(e));
        }
    }

    private void requested(Link link) throws IOException {
        link.clientKey.interestOps(0);
        link.state = Link.State.RESOLVING;
        link.deadlineNanos = System.nanoTime() + RESOLUTION.toNanos();
        String host = link.socks.host();
        link.host = host;
        link.port = link.socks.port();
        loop.touch();
        HostText text = HostText.parse(host);
        if (text instanceof HostText.Malformed) {
            deny(link, null, "malformed-host");
        } else if (text instanceof HostText.Literal literal) {
            permitAndConnect(link, List.of(literal.address()), List.of(literal.address()));
        } else if (text instanceof HostText.Name asked) {
            link.name = asked.name();
            resolver.resolve(asked.name()).thenAccept(found -> loop.post(() -> resolved(link, found)));
        }
    }

    private void resolved(Link link, Resolution found) {
        if (link.state != Link.State.RESOLVING) {
            return;
        }
        link.resolution = found.number();
        loop.touch();
        try {
            if (resolutionsOnFile.add(found.number())) {
                putOnFile(found);
            }
        } catch (IOException e) {
            loop.fail("spool-write", e);
            return;
        }
        try {
            if (found.error() != null) {
                say(link, SocksRequest.reply(SocksRequest.HOST_UNREACHABLE));
                loop.finish(link, "name-error", "relay", found.error());
                return;
            }
            permitAndConnect(link, found.seen(), found.candidates());
        } catch (IOException e) {
            loop.finish(link, "reset", "client", RelayLoop.message(e));
        }
    }

    private void putOnFile(Resolution found) throws IOException {
        for (DnsLookup lookup : found.lookups()) {
            InetSocketAddress asked = settings.dnsServers().stream()
                    .filter(candidate -> Addresses.text(candidate).equals(lookup.server()))
                    .findFirst()
                    .orElse(null);
            if (asked != null
                    && asked.getAddress() != null
                    && lookup.transport().equals("udp")) {
                Base64.Decoder bytes = Base64.getDecoder();
                Instant answered = lookup.answeredAt();
                String response = lookup.response();
                spool.datagrams(
                        asked,
                        lookup.sentAt(),
                        ByteBuffer.wrap(bytes.decode(lookup.query())),
                        answered == null ? lookup.sentAt() : answered,
                        answered == null || response == null ? null : ByteBuffer.wrap(bytes.decode(response)));
            }
        }
    }

    private void permitAndConnect(Link link, List<InetAddress> seen, List<InetAddress> candidates) throws IOException {
        for (InetAddress each : seen) {
            Optional<String> rule = settings.policy().refusal(link.name, each, link.port);
            if (rule.isPresent()) {
                deny(link, Addresses.text(each), rule.get());
                return;
            }
        }
        link.candidates.addAll(candidates.subList(0, Math.min(MOST_CANDIDATES, candidates.size())));
        connectNext(link);
    }

    private void deny(Link link, @Nullable String refused, String rule) throws IOException {
        Denial denial = new Denial(
                link.number, settings.clock().instant(), link.host == null ? "" : link.host, link.port, refused, rule);
        denials.add(denial);
        settings.listener().denied(denial);
        say(link, SocksRequest.reply(SocksRequest.NOT_ALLOWED));
        loop.finish(link, "denied", "relay", rule);
    }

    private void connectNext(Link link) throws IOException {
        link.state = Link.State.CONNECTING;
        String outcome = "connect-error";
        for (InetAddress next = link.candidates.poll(); next != null; next = link.candidates.poll()) {
            link.address = next;
            link.attemptAt = loop.touch();
            link.deadlineNanos = System.nanoTime() + limits.connect().toNanos();
            SocketChannel upstream = null;
            try {
                upstream = SocketChannel.open();
                upstream.configureBlocking(false);
                upstream.setOption(StandardSocketOptions.TCP_NODELAY, true);
                boolean now = upstream.connect(new InetSocketAddress(next, link.port));
                link.upstream = upstream;
                link.upstreamKey = upstream.register(loop.selector(), now ? 0 : OP_CONNECT, link);
                if (now) {
                    connected(link);
                }
                return;
            } catch (IOException | UnsupportedAddressTypeException e) {
                // the latter: an IPv6 address on a machine without IPv6
                if (upstream != null) {
                    RelayLoop.closeQuietly(upstream);
                }
                link.upstream = null;
                link.upstreamKey = null;
                outcome = attemptFailed(link, outcomeOf(e));
            }
        }
        giveUp(link, outcome);
    }

    /** An attempt has succeeded or failed. */
    void connectable(Link link) {
        SocketChannel upstream = link.upstream;
        if (upstream == null || link.state != Link.State.CONNECTING) {
            return;
        }
        try {
            try {
                if (upstream.finishConnect()) {
                    connected(link);
                }
            } catch (IOException e) {
                tryNextAfter(link, outcomeOf(e));
            }
        } catch (IOException e) {
            loop.finish(link, "reset", "client", RelayLoop.message(e));
        }
    }

    /** Gives the attempt under way up and goes on with the next address, if there is one. */
    void tryNextAfter(Link link, String outcome) throws IOException {
        attemptFailed(link, outcome);
        if (link.upstream != null) {
            RelayLoop.closeQuietly(link.upstream);
            link.upstream = null;
            link.upstreamKey = null;
        }
        if (link.candidates.isEmpty()) {
            giveUp(link, outcome);
        } else {
            connectNext(link);
        }
    }

    private String attemptFailed(Link link, String outcome) {
        if (link.address != null && link.attemptAt != null) {
            link.attempts.add(new ConnectionRecord.Attempt(Addresses.text(link.address), link.attemptAt, outcome));
        }
        return outcome;
    }

    private void giveUp(Link link, String outcome) throws IOException {
        byte code = switch (outcome) {
            case "connect-refused" -> SocksRequest.REFUSED;
            case "network-unreachable" -> SocksRequest.NETWORK_UNREACHABLE;
            case "connect-timeout", "host-unreachable" -> SocksRequest.HOST_UNREACHABLE;
            default -> SocksRequest.GENERAL_FAILURE;
        };
        say(link, SocksRequest.reply(code));
        loop.finish(link, outcome, "relay", "no address of " + link.host + " could be connected to");
    }

    private static String outcomeOf(Exception e) {
        String text = RelayLoop.message(e).toLowerCase(Locale.ROOT);
        if (text.contains("network is unreachable") || e instanceof UnsupportedAddressTypeException) {
            return "network-unreachable";
        }
        if (e instanceof NoRouteToHostException || text.contains("no route") || text.contains("host is unreachable")) {
            return "host-unreachable";
        }
        if (text.contains("timed out")) {
            return "connect-timeout";
        }
        return text.contains("refused") ? "connect-refused" : "connect-error";
    }

    private void connected(Link link) {
        SocketChannel upstream = link.upstream;
        SelectionKey key = link.upstreamKey;
        InetAddress reached = link.address;
        if (upstream == null || key == null || reached == null || link.attemptAt == null) {
            throw new IllegalStateException("connected without a connection");
        }
        link.attempts.add(new ConnectionRecord.Attempt(Addresses.text(reached), link.attemptAt, "connected"));
        Instant at = loop.touch();
        link.openedAt = at;
        try {
            link.conversation = spool.open(new InetSocketAddress(reached, link.port), at, link.host + ":" + link.port);
        } catch (IOException e) {
            loop.fail("spool-write", e);
            return;
        }
        try {
            copier.begin(link, upstream);
            say(link, SocksRequest.reply(SocksRequest.SUCCEEDED));
        } catch (IOException e) {
            copier.clientLeft(link, e);
            return;
        }
        copier.passEarly(link);
    }

    /** Negotiation messages are a few bytes into an empty socket buffer: they go in whole or the client is gone. */
    private static void say(Link link, byte[] message) throws IOException {
        if (link.client.write(ByteBuffer.wrap(message)) < message.length) {
            throw new IOException("the client does not read");
        }
    }
}
