package org.tiezheng.capture.relay;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.config.ResolvConfResolverConfigProvider;

/**
 * SOCKS5 relay on 127.0.0.1 and a random port for one browser and one capture: the only way out, and the recorder.
 *
 * <pre>{@code
 * try (Relay relay = Relay.start(Relay.Settings.ofThisMachine(policy, spool, clock))) {
 *     // Chromium: --proxy-server=socks5://127.0.0.1:<relay.address().getPort()> --proxy-bypass-list=<-loopback>
 *     relay.close(Duration.ofSeconds(5));
 *     ConnectionsJson.write(relay.report(), out);
 * }
 * }</pre>
 *
 * <p>Resolves names itself, asks the {@link EgressPolicy} about every address and connects to one of these very addresses;
 * writes each chunk into the {@link WireSpool} and only then passes it on. A slow receiver slows its sender down; memory is
 * bounded by one chunk per direction and connection. Source: RFC 1928; capture.md, sections 1.2, 4 and 9. Thread-safe.
 */
public final class Relay implements Closeable {
    private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);
    private static final Duration GRACE = Duration.ofSeconds(10);

    /**
     * What a relay needs.
     *
     * @param spool owned by the relay from the start on, which closes it
     * @param dnsServers asked in this order
     * @param dnsTimeout for one server's answers
     * @param browserUid account the browser runs under: connections that the kernel says come from another account are refused, so
     *     that nobody else on the machine can put traffic into the record. Null: not checked
     */
    public record Settings(
            EgressPolicy policy,
            RelayLimits limits,
            WireSpool spool,
            List<InetSocketAddress> dnsServers,
            HostsFile hosts,
            Duration dnsTimeout,
            Clock clock,
            RelayListener listener,
            @Nullable Integer browserUid) {

        public Settings {
            dnsServers = List.copyOf(dnsServers);
        }

        /** Default limits; this machine's name servers (resolv.conf) and empty hosts table. */
        public static Settings of(EgressPolicy policy, WireSpool spool, Clock clock) {
            return new Settings(
                    policy,
                    RelayLimits.defaults(),
                    spool,
                    systemDnsServers(),
                    HostsFile.empty(),
                    Duration.ofSeconds(2),
                    clock,
                    RelayListener.NONE,
                    null);
        }

        /** Default limits; this machine's name servers and hosts file, as they are now. */
        public static Settings ofThisMachine(EgressPolicy policy, WireSpool spool, Clock clock) throws IOException {
            return of(policy, spool, clock).withHosts(HostsFile.read(Path.of("/etc/hosts")));
        }

        public Settings withLimits(RelayLimits other) {
            return new Settings(policy, other, spool, dnsServers, hosts, dnsTimeout, clock, listener, browserUid);
        }

        public Settings withDnsServers(List<InetSocketAddress> others) {
            return new Settings(policy, limits, spool, others, hosts, dnsTimeout, clock, listener, browserUid);
        }

        public Settings withDnsTimeout(Duration other) {
            return new Settings(policy, limits, spool, dnsServers, hosts, other, clock, listener, browserUid);
        }

        public Settings withHosts(HostsFile other) {
            return new Settings(policy, limits, spool, dnsServers, other, dnsTimeout, clock, listener, browserUid);
        }

        public Settings withListener(RelayListener other) {
            return new Settings(policy, limits, spool, dnsServers, hosts, dnsTimeout, clock, other, browserUid);
        }

        public Settings withBrowserUid(int uid) {
            return new Settings(policy, limits, spool, dnsServers, hosts, dnsTimeout, clock, listener, uid);
        }
    }

    private final RelayLoop loop;
    private final Thread thread;

    private Relay(RelayLoop loop, Thread thread) {
        this.loop = loop;
        this.thread = thread;
    }

    /** @throws IOException if no port could be had; the spool is then still the caller's */
    public static Relay start(Settings settings) throws IOException {
        RelayLoop loop = new RelayLoop(settings);
        Thread thread = new Thread(loop, "relay");
        thread.setDaemon(true);
        thread.start();
        return new Relay(loop, thread);
    }

    /** The name servers of this machine's resolv.conf, in its order, as they are now; empty if it names none. */
    public static List<InetSocketAddress> systemDnsServers() {
        ResolvConfResolverConfigProvider config = new ResolvConfResolverConfigProvider();
        config.initialize();
        return new ArrayList<>(config.servers());
    }

    /** 127.0.0.1 and the port to give to the browser. */
    public InetSocketAddress address() {
        return loop.address();
    }

    /** What the wire is doing now. */
    public RelayActivity activity() {
        return loop.activity();
    }

    /** Stops accepting, lets what is under way end for at most 5 s, then closes every socket, thread and the spool. */
    @Override
    public void close() {
        close(DEFAULT_DRAIN);
    }

    /**
     * As {@link #close()}. Ends earlier when all connections have ended, or when no byte has passed for a second. A spool that
     * cannot be closed is a {@link RelayReport#failure()}. Closing again does nothing.
     */
    public void close(Duration drain) {
        loop.drain(drain);
        try {
            thread.join(drain.plus(GRACE).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What has happened so far, or, after {@link #close()}, in all. */
    public RelayReport report() {
        CompletableFuture<RelayReport> answer = new CompletableFuture<>();
        loop.post(() -> answer.complete(loop.snapshot()));
        while (thread.isAlive()) {
            try {
                return answer.get(50, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                continue; // the loop may have ended just before our question
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the relay reports", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("the relay cannot report", e);
            }
        }
        return loop.snapshot();
    }
}
