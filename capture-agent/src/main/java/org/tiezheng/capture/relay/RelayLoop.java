package org.tiezheng.capture.relay;

import static java.nio.channels.SelectionKey.OP_ACCEPT;
import static java.nio.channels.SelectionKey.OP_CONNECT;
import static java.nio.channels.SelectionKey.OP_READ;
import static java.nio.channels.SelectionKey.OP_WRITE;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tiezheng.evidence.wire.Direction;

/**
 * The one thread that moves all bytes of a capture. Everything but {@link #post}, {@link #drain}, {@link #activity} and {@link
 * #address} belongs to it; {@link #snapshot} may also be called when it has ended.
 */
final class RelayLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);
    /** One data segment of network.pcapng. */
    private static final int CHUNK_BYTES = 65_495;

    private static final int BACKLOG = 512;
    private static final int MOST_CANDIDATES = 8;
    private static final long TICK_MILLIS = 200;
    private static final Duration NEGOTIATION = Duration.ofSeconds(10);
    /** Longer than {@link NameResolver} takes at its worst with three servers. */
    private static final Duration RESOLUTION = Duration.ofSeconds(60);
    /** The client has gone and the server does not close: nobody waits for it any more. */
    private static final Duration AFTER_CLIENT_LEFT = Duration.ofSeconds(30);

    private static final Duration QUIET_ENOUGH_TO_CLOSE = Duration.ofSeconds(1);

    private record Pulse(int establishing, int open, int undelivered, Instant at, long nanos, long up, long down) {}

    private final EgressPolicy policy;
    private final RelayLimits limits;
    private final WireSpool spool;
    private final Clock clock;
    private final RelayListener listener;
    private final List<InetSocketAddress> dnsServers;
    private final @Nullable Integer browserUid;
    private final NameResolver resolver;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final SelectionKey acceptKey;
    private final InetSocketAddress address;
    private final Instant startedAt;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

    private final Set<Link> live = new LinkedHashSet<>();
    private final List<ConnectionRecord> ended = new ArrayList<>();
    private final List<Denial> denials = new ArrayList<>();
    private final List<LimitReached> limitsReached = new ArrayList<>();
    private final Set<Integer> resolutionsOnFile = new HashSet<>();
    private int accepted;
    private long turnedAway;
    private long bytesUp;
    private long bytesDown;
    private boolean captureFull;
    private boolean draining;
    private long drainingSinceNanos;
    private long drainUntilNanos;
    /** Out of file descriptors: do not accept before. 0 if all is well. */
    private long acceptAgainNanos;

    private Instant lastActivity;
    private long lastActivityNanos;
    private @Nullable Instant endedAt;
    private @Nullable RelayFailure failure;
    private volatile Pulse pulse;

    RelayLoop(Relay.Settings settings) throws IOException {
        policy = settings.policy();
        limits = settings.limits();
        spool = settings.spool();
        clock = settings.clock();
        listener = settings.listener();
        dnsServers = settings.dnsServers();
        browserUid = settings.browserUid();
        startedAt = clock.instant();
        lastActivity = startedAt;
        lastActivityNanos = System.nanoTime();
        pulse = new Pulse(0, 0, 0, lastActivity, lastActivityNanos, 0, 0);
        selector = Selector.open();
        ServerSocketChannel bound = null;
        try {
            bound = ServerSocketChannel.open();
            bound.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), BACKLOG);
            bound.configureBlocking(false);
            server = bound;
            acceptKey = server.register(selector, OP_ACCEPT);
            address = (InetSocketAddress) server.getLocalAddress();
        } catch (IOException e) {
            if (bound != null) {
                bound.close();
            }
            selector.close();
            throw e;
        }
        resolver = new NameResolver(
                settings.dnsServers(), settings.hosts(), clock, settings.dnsTimeout(), limits.connections());
    }

    InetSocketAddress address() {
        return address;
    }

    RelayActivity activity() {
        Pulse now = pulse;
        return new RelayActivity(
                now.establishing,
                now.open,
                now.undelivered,
                now.at,
                Duration.ofNanos(System.nanoTime() - now.nanos),
                now.up,
                now.down);
    }

    void post(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    void drain(Duration bound) {
        post(() -> {
            if (!draining) {
                draining = true;
                drainingSinceNanos = System.nanoTime();
                drainUntilNanos = System.nanoTime() + bound.toNanos();
                closeQuietly(server);
            }
        });
    }

    RelayReport snapshot() {
        List<ConnectionRecord> connections = new ArrayList<>(ended);
        live.forEach(link -> connections.add(link.record()));
        connections.sort((a, b) -> Integer.compare(a.number(), b.number()));
        return new RelayReport(
                startedAt,
                endedAt,
                limits,
                policy.allowed(),
                dnsServers.stream().map(Addresses::text).toList(),
                resolver.resolutions(),
                connections,
                denials,
                limitsReached,
                turnedAway,
                failure);
    }

    @Override
    public void run() {
        try {
            while (!isOver()) {
                selector.select(live.isEmpty() && !draining && acceptAgainNanos == 0 ? 0 : TICK_MILLIS);
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    serve(key);
                }
                selector.selectedKeys().clear();
                watchDeadlines();
                publish();
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("relay stopped", e);
            fail("internal", e);
        } finally {
            end();
        }
    }

    private boolean isOver() {
        if (!draining) {
            return false;
        }
        long now = System.nanoTime();
        long quiet = Math.min(now - lastActivityNanos, now - drainingSinceNanos);
        return live.isEmpty() || now - drainUntilNanos >= 0 || quiet >= QUIET_ENOUGH_TO_CLOSE.toNanos();
    }

    private void end() {
        for (Link link : List.copyOf(live)) {
            finish(link, "recording-ended", "relay", null);
        }
        closeQuietly(server);
        try {
            selector.close();
        } catch (IOException e) {
            LOG.warn("selector not closed", e);
        }
        resolver.close();
        try {
            spool.close();
        } catch (IOException e) {
            fail("spool-write", e);
        }
        endedAt = clock.instant();
        publish();
    }

    private void publish() {
        int establishing = 0;
        int open = 0;
        int undelivered = 0;
        for (Link link : live) {
            if (link.state == Link.State.OPEN) {
                open++;
            } else {
                establishing++;
            }
            if (link.hasUndelivered()) {
                undelivered++;
            }
        }
        pulse = new Pulse(establishing, open, undelivered, lastActivity, lastActivityNanos, bytesUp, bytesDown);
    }

    private Instant touch() {
        lastActivity = clock.instant();
        lastActivityNanos = System.nanoTime();
        return lastActivity;
    }

    private void serve(SelectionKey key) {
        if (key == acceptKey) {
            accept();
            return;
        }
        Link link = (Link) key.attachment();
        if (link == null || link.state == Link.State.OVER) {
            return;
        }
        try {
            int ready = key.readyOps();
            if ((ready & OP_CONNECT) != 0) {
                connectable(link);
            } else if (link.state == Link.State.NEGOTIATING) {
                negotiate(link);
            } else if (link.state == Link.State.OPEN) {
                boolean clientSide = key == link.clientKey;
                Half toHere = clientSide ? link.down : link.up;
                Half fromHere = clientSide ? link.up : link.down;
                if ((ready & OP_WRITE) != 0 && toHere != null) {
                    deliver(link, toHere);
                }
                if ((ready & OP_READ) != 0 && fromHere != null && link.state == Link.State.OPEN) {
                    read(link, fromHere);
                }
            }
        } catch (CancelledKeyException e) {
            // the other end of the same link was closed earlier in this round
            LOG.debug("key of link {} cancelled", link.number, e);
        }
    }

    // ---- accepting and negotiating

    private void accept() {
        try {
            while (live.size() < limits.concurrent()) {
                SocketChannel client = server.accept();
                if (client == null) {
                    return;
                }
                accepted(client);
            }
        } catch (IOException e) {
            LOG.warn("cannot accept", e); // out of file descriptors, most likely: rest, do not spin
            acceptAgainNanos = System.nanoTime() + TICK_MILLIS * 1_000_000;
        }
        if (acceptKey.isValid()) {
            acceptKey.interestOps(0);
        }
    }

    private void accepted(SocketChannel client) throws IOException {
        if (accepted >= limits.connections()) {
            if (turnedAway++ == 0) {
                reached("connections", limits.connections(), null);
            }
            closeQuietly(client);
            return;
        }
        if (captureFull || failure != null) {
            turnedAway++;
            closeQuietly(client);
            return;
        }
        client.configureBlocking(false);
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        SelectionKey key = client.register(selector, OP_READ);
        Link link = new Link(++accepted, client, key, touch());
        link.deadlineNanos = System.nanoTime() + NEGOTIATION.toNanos();
        key.attach(link);
        live.add(link);
        if (isFromAnotherAccount(client)) {
            finish(link, "foreign-process", "relay", "not from the browser's account");
        }
    }

    private boolean isFromAnotherAccount(SocketChannel client) throws IOException {
        if (browserUid == null || !(client.getRemoteAddress() instanceof InetSocketAddress peer)) {
            return false;
        }
        OptionalInt uid = PeerAccount.uid(peer, address);
        return uid.isPresent() && uid.getAsInt() != browserUid;
    }

    private void negotiate(Link link) {
        try {
            if (link.client.read(link.early) < 0) {
                finish(link, "protocol-error", "client", "closed before it asked for anything");
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
                finish(link, "protocol-error", "relay", link.socks.fault());
            }
        } catch (IOException e) {
            finish(link, "protocol-error", "client", message(e));
        }
    }

    private void requested(Link link) throws IOException {
        link.clientKey.interestOps(0);
        link.state = Link.State.RESOLVING;
        link.deadlineNanos = System.nanoTime() + RESOLUTION.toNanos();
        String host = link.socks.host();
        link.host = host;
        link.port = link.socks.port();
        touch();
        HostText text = HostText.parse(host);
        if (text instanceof HostText.Malformed) {
            deny(link, null, "malformed-host");
        } else if (text instanceof HostText.Literal literal) {
            permitAndConnect(link, List.of(literal.address()), List.of(literal.address()));
        } else if (text instanceof HostText.Name asked) {
            link.name = asked.name();
            resolver.resolve(asked.name()).thenAccept(found -> post(() -> resolved(link, found)));
        }
    }

    private void resolved(Link link, Resolution found) {
        if (link.state != Link.State.RESOLVING) {
            return;
        }
        link.resolution = found.number();
        touch();
        try {
            if (resolutionsOnFile.add(found.number())) {
                putOnFile(found);
            }
        } catch (IOException e) {
            fail("spool-write", e);
            return;
        }
        try {
            if (found.error() != null) {
                say(link, SocksRequest.reply(SocksRequest.HOST_UNREACHABLE));
                finish(link, "name-error", "relay", found.error());
                return;
            }
            permitAndConnect(link, found.seen(), found.candidates());
        } catch (IOException e) {
            finish(link, "reset", "client", message(e));
        }
    }

    private void putOnFile(Resolution found) throws IOException {
        for (DnsLookup lookup : found.lookups()) {
            InetSocketAddress asked = dnsServers.stream()
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
            Optional<String> rule = policy.refusal(link.name, each, link.port);
            if (rule.isPresent()) {
                deny(link, Addresses.text(each), rule.get());
                return;
            }
        }
        link.candidates.addAll(candidates.subList(0, Math.min(MOST_CANDIDATES, candidates.size())));
        connectNext(link);
    }

    private void deny(Link link, @Nullable String refused, String rule) throws IOException {
        Denial denial =
                new Denial(link.number, clock.instant(), link.host == null ? "" : link.host, link.port, refused, rule);
        denials.add(denial);
        listener.denied(denial);
        say(link, SocksRequest.reply(SocksRequest.NOT_ALLOWED));
        finish(link, "denied", "relay", rule);
    }

    // ---- connecting

    private void connectNext(Link link) throws IOException {
        link.state = Link.State.CONNECTING;
        String outcome = "connect-error";
        for (InetAddress next = link.candidates.poll(); next != null; next = link.candidates.poll()) {
            link.address = next;
            link.attemptAt = touch();
            link.deadlineNanos = System.nanoTime() + limits.connect().toNanos();
            SocketChannel upstream = SocketChannel.open();
            try {
                upstream.configureBlocking(false);
                upstream.setOption(StandardSocketOptions.TCP_NODELAY, true);
                boolean now = upstream.connect(new InetSocketAddress(next, link.port));
                link.upstream = upstream;
                link.upstreamKey = upstream.register(selector, now ? 0 : OP_CONNECT, link);
                if (now) {
                    connected(link);
                }
                return;
            } catch (IOException | UnsupportedAddressTypeException e) {
                // the latter: an IPv6 address on a machine without IPv6
                closeQuietly(upstream);
                link.upstream = null;
                link.upstreamKey = null;
                outcome = attemptFailed(link, outcomeOf(e));
            }
        }
        giveUp(link, outcome);
    }

    private void connectable(Link link) {
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
            finish(link, "reset", "client", message(e));
        }
    }

    private void tryNextAfter(Link link, String outcome) throws IOException {
        attemptFailed(link, outcome);
        if (link.upstream != null) {
            closeQuietly(link.upstream);
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
        finish(link, outcome, "relay", "no address of " + link.host + " could be connected to");
    }

    private static String outcomeOf(Exception e) {
        String text = message(e).toLowerCase(Locale.ROOT);
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
        Instant at = touch();
        link.openedAt = at;
        try {
            link.conversation = spool.open(new InetSocketAddress(reached, link.port), at, link.host + ":" + link.port);
        } catch (IOException e) {
            fail("spool-write", e);
            return;
        }
        link.state = Link.State.OPEN;
        link.up = new Half(Direction.CLIENT_TO_SERVER, link.client, upstream);
        link.down = new Half(Direction.SERVER_TO_CLIENT, upstream, link.client);
        link.deadlineNanos = System.nanoTime() + limits.idle().toNanos();
        try {
            say(link, SocksRequest.reply(SocksRequest.SUCCEEDED));
        } catch (IOException e) {
            receiverGone(link, link.down, e);
            return;
        }
        link.early.flip();
        if (link.early.hasRemaining()) {
            pass(link, link.up, link.early);
        }
        updateInterest(link);
    }

    // ---- copying

    private void read(Link link, Half half) {
        if (!half.wantsToRead()) {
            return;
        }
        chunk.clear();
        long connectionRoom = limits.connectionBytes() - recorded(link);
        long captureRoom = limits.captureBytes() - bytesUp - bytesDown;
        chunk.limit((int) Math.min(CHUNK_BYTES, Math.min(connectionRoom, captureRoom)));
        int count;
        try {
            count = half.from.read(chunk);
        } catch (IOException e) {
            senderGone(link, half, e);
            return;
        }
        if (count < 0) {
            senderEnded(link, half);
        } else if (count > 0) {
            chunk.flip();
            pass(link, half, chunk);
        }
        if (link.state == Link.State.OPEN) {
            updateInterest(link);
        }
    }

    /** Records, then forwards. */
    private void pass(Link link, Half half, ByteBuffer data) {
        Instant at = touch();
        int size = data.remaining();
        try {
            conversation(link).chunk(half.direction, at, data.duplicate());
        } catch (IOException e) {
            fail("spool-write", e);
            return;
        }
        half.recorded += size;
        if (half.direction == Direction.CLIENT_TO_SERVER) {
            bytesUp += size;
        } else {
            bytesDown += size;
        }
        link.deadlineNanos = System.nanoTime() + idleBound(link).toNanos();
        if (!half.discarding) {
            try {
                half.delivered += half.to.write(data);
            } catch (IOException e) {
                receiverGone(link, half, e);
            }
            if (data.hasRemaining() && link.state == Link.State.OPEN && !half.discarding) {
                ByteBuffer rest = ByteBuffer.allocate(data.remaining());
                half.pending = rest.put(data).flip();
            }
        } else if (half.recorded - half.delivered > limits.drainAfterAbortBytes()) {
            finish(link, "reset", "client", "given up by the browser; drained as far as allowed");
        }
        watchByteLimits(link);
    }

    private void watchByteLimits(Link link) {
        if (bytesUp + bytesDown >= limits.captureBytes() && !captureFull) {
            captureFull = true;
            reached("capture-bytes", limits.captureBytes(), null);
            for (Link each : List.copyOf(live)) {
                finish(each, "limit", "relay", "capture-bytes");
            }
        } else if (recorded(link) >= limits.connectionBytes() && link.state == Link.State.OPEN) {
            reached("connection-bytes", limits.connectionBytes(), link.number);
            finish(link, "limit", "relay", "connection-bytes");
        }
    }

    private void deliver(Link link, Half half) {
        ByteBuffer pending = half.pending;
        if (pending != null) {
            touch();
            link.deadlineNanos = System.nanoTime() + idleBound(link).toNanos();
            try {
                half.delivered += half.to.write(pending);
            } catch (IOException e) {
                receiverGone(link, half, e);
                return;
            }
            if (!pending.hasRemaining()) {
                half.pending = null;
            }
        }
        passEndOn(link, half);
        if (link.state == Link.State.OPEN) {
            updateInterest(link);
        }
    }

    private void senderEnded(Link link, Half half) {
        Instant at = touch();
        half.ended = true;
        if (link.endedBy == null) {
            link.endedBy = half.direction == Direction.CLIENT_TO_SERVER ? "client" : "server";
        }
        link.deadlineNanos = System.nanoTime() + idleBound(link).toNanos();
        try {
            conversation(link).end(half.direction, at);
        } catch (IOException e) {
            fail("spool-write", e);
            return;
        }
        if (half.discarding) {
            finish(link, "reset", "client", "given up by the browser; drained to the end");
        } else {
            passEndOn(link, half);
        }
    }

    /** When all that was read has been delivered, tells the receiver that no more will come. */
    private void passEndOn(Link link, Half half) {
        if (!half.ended || half.passedOn || half.pending != null) {
            return;
        }
        half.passedOn = true;
        try {
            half.to.shutdownOutput();
        } catch (IOException e) {
            // the receiver has gone meanwhile: it will get no more anyway
            LOG.debug("link {}: end not passed on", link.number, e);
        }
        if (link.up != null && link.up.passedOn && link.down != null && link.down.passedOn) {
            finish(link, "closed", link.endedBy == null ? "relay" : link.endedBy, null);
        }
    }

    /** The sender of this half has reset the connection. It was only read from when all before had been delivered. */
    private void senderGone(Link link, Half half, IOException cause) {
        boolean client = half.direction == Direction.CLIENT_TO_SERVER;
        if (client && link.down != null && startDraining(link, link.down)) {
            return;
        }
        try {
            conversation(link).reset(half.direction, touch());
        } catch (IOException e) {
            fail("spool-write", e);
            return;
        }
        finish(link, "reset", link.endedBy == null ? (client ? "client" : "server") : link.endedBy, message(cause));
    }

    /** The receiver of this half takes no more. */
    private void receiverGone(Link link, Half half, IOException cause) {
        boolean clientLeft = half.direction == Direction.SERVER_TO_CLIENT;
        if (clientLeft && startDraining(link, half)) {
            return;
        }
        try {
            conversation(link).reset(half.direction.opposite(), touch());
        } catch (IOException e) {
            fail("spool-write", e);
            return;
        }
        finish(link, "reset", link.endedBy == null ? (clientLeft ? "client" : "server") : link.endedBy, message(cause));
    }

    /** Goes on reading the server for a client that left, if that is wanted. */
    private boolean startDraining(Link link, Half down) {
        if (limits.drainAfterAbortBytes() == 0 || down.ended || down.discarding || link.up == null) {
            return false;
        }
        down.discarding = true;
        down.pending = null;
        link.up.ended = true;
        link.up.pending = null;
        link.endedBy = "client";
        closeQuietly(link.client);
        updateInterest(link);
        return true;
    }

    private void updateInterest(Link link) {
        Half up = link.up;
        Half down = link.down;
        if (up == null || down == null || link.state != Link.State.OPEN) {
            return;
        }
        if (link.clientKey.isValid()) {
            link.clientKey.interestOps((up.wantsToRead() ? OP_READ : 0) | (down.pending != null ? OP_WRITE : 0));
        }
        SelectionKey key = link.upstreamKey;
        if (key != null && key.isValid()) {
            key.interestOps((down.wantsToRead() ? OP_READ : 0) | (up.pending != null ? OP_WRITE : 0));
        }
    }

    private Duration idleBound(Link link) {
        boolean clientLeft = link.up != null && link.up.ended;
        return clientLeft && AFTER_CLIENT_LEFT.compareTo(limits.idle()) < 0 ? AFTER_CLIENT_LEFT : limits.idle();
    }

    private static long recorded(Link link) {
        return (link.up == null ? 0 : link.up.recorded) + (link.down == null ? 0 : link.down.recorded);
    }

    private static WireSpool.Conversation conversation(Link link) {
        if (link.conversation == null) {
            throw new IllegalStateException("link " + link.number + " was never opened");
        }
        return link.conversation;
    }

    // ---- ending

    private void watchDeadlines() throws IOException {
        long now = System.nanoTime();
        for (Link link : List.copyOf(live)) {
            if (link.state == Link.State.OVER || now - link.deadlineNanos < 0) {
                continue;
            }
            switch (link.state) {
                case CONNECTING -> {
                    try {
                        tryNextAfter(link, "connect-timeout");
                    } catch (IOException e) {
                        finish(link, "reset", "client", message(e));
                    }
                }
                case OPEN -> {
                    if (link.up != null && link.up.ended) {
                        finish(link, "closed", "client", "the server did not close after the browser had");
                    } else {
                        reached("connection-idle", limits.idle().toSeconds(), link.number);
                        finish(link, "limit", "relay", "connection-idle");
                    }
                }
                case RESOLVING -> finish(link, "name-error", "relay", "timeout");
                case NEGOTIATING -> finish(link, "protocol-error", "relay", "the client did not ask in time");
                case OVER -> {
                    continue;
                }
            }
        }
        boolean rested = acceptAgainNanos == 0 || now - acceptAgainNanos >= 0;
        if (rested && acceptKey.isValid() && acceptKey.interestOps() == 0 && live.size() < limits.concurrent()) {
            acceptAgainNanos = 0;
            acceptKey.interestOps(OP_ACCEPT);
        }
    }

    private void reached(String limit, long allowed, @Nullable Integer connection) {
        LimitReached event = new LimitReached(limit, allowed, connection, clock.instant());
        limitsReached.add(event);
        listener.limitReached(event);
    }

    /** Closes both sides and makes the record; a graceful end is seen as one by both, everything else as a reset. */
    private void finish(Link link, String outcome, String endedBy, @Nullable String error) {
        if (link.state == Link.State.OVER) {
            return;
        }
        boolean wasOpen = link.state == Link.State.OPEN;
        link.state = Link.State.OVER;
        link.closedAt = touch();
        link.outcome = outcome;
        link.endedBy = endedBy;
        link.error = error;
        boolean abrupt = wasOpen && !outcome.equals("closed");
        close(link.client, abrupt);
        if (link.upstream != null) {
            close(link.upstream, abrupt);
        }
        if (link.up != null) {
            link.up.pending = null;
        }
        if (link.down != null) {
            link.down.pending = null;
        }
        live.remove(link);
        ended.add(link.record());
    }

    private void fail(String reason, Exception cause) {
        if (failure != null) {
            return;
        }
        RelayFailure event = new RelayFailure(reason, clock.instant(), message(cause));
        failure = event;
        LOG.error("recording broke off: {}", reason, cause);
        for (Link link : List.copyOf(live)) {
            finish(link, "failed", "relay", reason);
        }
        listener.failed(event);
    }

    /** @param abrupt with RST, so that the other end cannot take a broken-off stream for a complete one */
    private static void close(SocketChannel channel, boolean abrupt) {
        if (abrupt && channel.isOpen()) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                LOG.debug("linger not set", e); // the other end was faster
            }
        }
        closeQuietly(channel);
    }

    private static void closeQuietly(java.nio.channels.Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("not closed cleanly", e); // nothing was written that is not on record
        }
    }

    /** Negotiation messages are a few bytes into an empty socket buffer: they go in whole or the client is gone. */
    private static void say(Link link, byte[] message) throws IOException {
        if (link.client.write(ByteBuffer.wrap(message)) < message.length) {
            throw new IOException("the client does not read");
        }
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
