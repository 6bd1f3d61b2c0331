package org.tiezheng.capture.relay;

import static java.nio.channels.SelectionKey.OP_ACCEPT;
import static java.nio.channels.SelectionKey.OP_CONNECT;
import static java.nio.channels.SelectionKey.OP_READ;
import static java.nio.channels.SelectionKey.OP_WRITE;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a capture: waits for sockets, accepts, watches deadlines, ends connections; {@link LinkOpener} and {@link
 * LinkCopier} do the rest on the same thread. Everything but {@link #post}, {@link #drain}, {@link #activity} and {@link
 * #address} belongs to it; {@link #snapshot} may also be called when it has ended.
 */
final class RelayLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);
    private static final int BACKLOG = 512;
    private static final long TICK_MILLIS = 200;
    private static final Duration NEGOTIATION = Duration.ofSeconds(10);
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
    private final LinkCopier copier;
    private final LinkOpener opener;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final SelectionKey acceptKey;
    private final InetSocketAddress address;
    private final Instant startedAt;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    private final Set<Link> live = new LinkedHashSet<>();
    private final List<ConnectionRecord> ended = new ArrayList<>();
    private final List<LimitReached> limitsReached = new ArrayList<>();
    private int accepted;
    private long turnedAway;
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
        copier = new LinkCopier(this, limits);
        opener = new LinkOpener(this, settings, resolver, copier);
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

    Selector selector() {
        return selector;
    }

    Clock clock() {
        return clock;
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
                opener.denials(),
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
        finishAll("recording-ended", null);
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
        pulse = new Pulse(
                establishing, open, undelivered, lastActivity, lastActivityNanos, copier.bytesUp(), copier.bytesDown());
    }

    Instant touch() {
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
                opener.connectable(link);
            } else if (link.state == Link.State.NEGOTIATING) {
                opener.negotiate(link);
            } else if (link.state == Link.State.OPEN) {
                boolean clientSide = key == link.clientKey;
                Half toHere = clientSide ? link.down : link.up;
                Half fromHere = clientSide ? link.up : link.down;
                if ((ready & OP_WRITE) != 0 && toHere != null) {
                    copier.deliver(link, toHere);
                }
                if ((ready & OP_READ) != 0 && fromHere != null && link.state == Link.State.OPEN) {
                    copier.read(link, fromHere);
                }
            }
        } catch (CancelledKeyException e) {
            // the other end of the same link was closed earlier in this round
            LOG.debug("key of link {} cancelled", link.number, e);
        }
    }

    // ---- accepting

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
        if (copier.captureFull() || failure != null) {
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
                        opener.tryNextAfter(link, "connect-timeout");
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

    void reached(String limit, long allowed, @Nullable Integer connection) {
        LimitReached event = new LimitReached(limit, allowed, connection, clock.instant());
        limitsReached.add(event);
        listener.limitReached(event);
    }

    /** Closes both sides and makes the record; a graceful end is seen as one by both, everything else as a reset. */
    void finish(Link link, String outcome, String endedBy, @Nullable String error) {
        if (link.state == Link.State.OVER) {
            return;
        }
        boolean wasOpen = link.state == Link.State.OPEN;
        link.state = Link.State.OVER;
        link.closedAt = touch();
        link.outcome = outcome;
        if (link.endedBy == null) {
            link.endedBy = endedBy; // whoever was first stays so
        }
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

    /** Cuts every connection. */
    void finishAll(String outcome, @Nullable String error) {
        for (Link each : List.copyOf(live)) {
            finish(each, outcome, "relay", error);
        }
    }

    void fail(String reason, Exception cause) {
        if (failure != null) {
            return;
        }
        RelayFailure event = new RelayFailure(reason, clock.instant(), message(cause));
        failure = event;
        LOG.error("recording broke off: {}", reason, cause);
        finishAll("failed", reason);
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

    static void closeQuietly(java.nio.channels.Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("not closed cleanly", e); // nothing was written that is not on record
        }
    }

    static String message(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
