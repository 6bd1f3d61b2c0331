package org.tiezheng.capture.relay;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;

/**
 * Turns names into addresses for one capture and remembers how: hosts file first, then the DNS servers in their
 * order, each twice. An answer is used again while its TTL lasts (at most 5 minutes; failures 10 seconds), so a page with a
 * hundred connections to one host asks once. Names are taken as complete; no search list.
 *
 * <p>{@link #resolve} is called by the relay's thread only; futures complete on the resolver's threads.
 */
final class NameResolver implements AutoCloseable {
    private static final int THREADS = 8;
    private static final int ROUNDS = 2;
    private static final int LONGEST_ALIAS_CHAIN = 16;
    private static final Duration LONGEST_REUSE = Duration.ofMinutes(5);
    private static final Duration REUSE_OF_FAILURE = Duration.ofSeconds(10);
    /** Base64 characters; a hostile name server must not fill the agent's memory. */
    private static final long MOST_KEPT_CHARS = 16L << 20;

    private record Known(CompletableFuture<Resolution> future, long[] expiresNanos) {}

    private final List<InetSocketAddress> servers;
    private final HostsFile hosts;
    private final Clock clock;
    private final DnsExchange exchange;
    private final ThreadPoolExecutor threads;
    private final Map<String, Known> known = new HashMap<>();
    private final List<Resolution> finished = new ArrayList<>();
    private int started;
    private long keptChars;

    NameResolver(List<InetSocketAddress> servers, HostsFile hosts, Clock clock, Duration timeout, int mostWaiting) {
        this.servers = List.copyOf(servers);
        this.hosts = hosts;
        this.clock = clock;
        this.exchange = new DnsExchange(clock, timeout);
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(mostWaiting), work -> {
                    Thread thread = new Thread(work, "relay-dns");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** @param name as {@link HostText.Name} has it. The future never fails; after {@link #close} it may never complete. */
    CompletableFuture<Resolution> resolve(String name) {
        Known before = known.get(name);
        if (before != null && (!before.future.isDone() || before.expiresNanos[0] - System.nanoTime() > 0)) {
            return before.future;
        }
        int number = ++started;
        Instant startedAt = clock.instant();
        Known now = new Known(new CompletableFuture<>(), new long[1]);
        known.put(name, now);
        Resolution without = withoutAsking(number, name, startedAt);
        if (without != null) {
            now.expiresNanos[0] = System.nanoTime() + LONGEST_REUSE.toNanos();
            keep(without);
            now.future.complete(without);
        } else {
            threads.execute(() -> {
                Answer answer = ask(number, name, startedAt);
                now.expiresNanos[0] = System.nanoTime() + answer.reuse.toNanos();
                keep(answer.resolution);
                now.future.complete(answer.resolution);
            });
        }
        return now.future;
    }

    /** Those finished so far, in order of their numbers. */
    List<Resolution> resolutions() {
        synchronized (finished) {
            return finished.stream()
                    .sorted((a, b) -> Integer.compare(a.number(), b.number()))
                    .toList();
        }
    }

    /** Stops waiting for answers. */
    @Override
    public void close() {
        threads.shutdownNow();
        exchange.close();
    }

    boolean awaitEnd(Duration bound) throws InterruptedException {
        return threads.awaitTermination(bound.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void keep(Resolution resolution) {
        synchronized (finished) {
            long chars = resolution.lookups().stream()
                    .mapToLong(lookup ->
                            lookup.response() == null ? 0 : lookup.response().length())
                    .sum();
            boolean room = keptChars + chars <= MOST_KEPT_CHARS;
            if (room) {
                keptChars += chars;
            }
            finished.add(room ? resolution : withoutResponses(resolution));
        }
    }

    private static Resolution withoutResponses(Resolution full) {
        List<DnsLookup> lookups = full.lookups().stream()
                .map(l -> new DnsLookup(
                        l.server(), l.transport(), l.type(), l.sentAt(), l.answeredAt(), l.query(), null, l.outcome()))
                .toList();
        return new Resolution(
                full.number(),
                full.name(),
                full.source(),
                full.startedAt(),
                full.endedAt(),
                full.canonicalName(),
                full.candidates(),
                full.seen(),
                full.error(),
                lookups);
    }

    private @Nullable Resolution withoutAsking(int number, String name, Instant startedAt) {
        List<InetAddress> listed = hosts.addresses(name);
        if (!listed.isEmpty()) {
            return new Resolution(
                    number, name, "hosts", startedAt, startedAt, null, ipv4First(listed), listed, null, List.of());
        }
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            List<InetAddress> loopback = List.of(
                    HostText.ofBytes(new byte[] {127, 0, 0, 1}),
                    HostText.ofBytes(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
            return new Resolution(
                    number, name, "reserved", startedAt, startedAt, null, loopback, loopback, null, List.of());
        }
        return null;
    }

    private record Answer(Resolution resolution, Duration reuse) {}

    private Answer ask(int number, String name, Instant startedAt) {
        List<DnsLookup> lookups = new ArrayList<>();
        Name question;
        try {
            question = Name.fromString(name + ".");
        } catch (TextParseException e) {
            return failed(number, name, startedAt, lookups, "malformed-name");
        }
        String error = "no-server";
        boolean edns = true;
        for (int round = 0; round < ROUNDS; round++) {
            for (InetSocketAddress server : servers) {
                DnsExchange.Reply reply = exchange.ask(server, question, edns);
                lookups.addAll(reply.lookups());
                if (edns && reply.answers().stream().anyMatch(NameResolver::dislikesEdns)) {
                    edns = false; // RFC 6891, section 6.2.2: ask again as in 1987
                    reply = exchange.ask(server, question, false);
                    lookups.addAll(reply.lookups());
                }
                Addressing found = Addressing.of(question, reply.answers());
                if (!found.candidates.isEmpty()) {
                    Resolution resolution = new Resolution(
                            number,
                            name,
                            "dns",
                            startedAt,
                            clock.instant(),
                            found.canonicalName,
                            ipv4First(found.candidates),
                            List.copyOf(found.seen),
                            null,
                            lookups);
                    return new Answer(resolution, shorter(Duration.ofSeconds(found.ttlSeconds), LONGEST_REUSE));
                }
                error = worst(reply);
                if (error.equals("NXDOMAIN") || error.equals("no-address")) {
                    return failed(number, name, startedAt, lookups, error);
                }
            }
        }
        return failed(number, name, startedAt, lookups, error);
    }

    private Answer failed(int number, String name, Instant startedAt, List<DnsLookup> lookups, String error) {
        Resolution resolution = new Resolution(
                number, name, "dns", startedAt, clock.instant(), null, List.of(), List.of(), error, lookups);
        return new Answer(resolution, REUSE_OF_FAILURE);
    }

    private static boolean dislikesEdns(Message answer) {
        return answer.getRcode() == Rcode.FORMERR || answer.getRcode() == Rcode.NOTIMP;
    }

    /** Why there is no address. A name that exists, asked for both kinds and without either, is "no-address". */
    private static String worst(DnsExchange.Reply reply) {
        for (Message answer : reply.answers()) {
            if (answer.getRcode() != Rcode.NOERROR) {
                return Rcode.string(answer.getRcode());
            }
        }
        DnsLookup last = reply.lookups().get(reply.lookups().size() - 1);
        return reply.answers().size() == 2
                ? "no-address"
                : last.outcome().equals("NOERROR") ? "timeout" : last.outcome();
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /** Stable: the server's order within each family, since that is how it spreads its load. */
    private static List<InetAddress> ipv4First(Iterable<InetAddress> addresses) {
        List<InetAddress> ordered = new ArrayList<>();
        addresses.forEach(address -> {
            if (address instanceof Inet4Address) {
                ordered.add(address);
            }
        });
        addresses.forEach(address -> {
            if (!(address instanceof Inet4Address)) {
                ordered.add(address);
            }
        });
        return ordered;
    }

    /** The addresses in a set of answers. */
    private static final class Addressing {
        private final Set<InetAddress> candidates = new LinkedHashSet<>();
        private final Set<InetAddress> seen = new LinkedHashSet<>();
        private @Nullable String canonicalName;
        private long ttlSeconds = LONGEST_REUSE.toSeconds();

        static Addressing of(Name question, List<Message> answers) {
            Addressing found = new Addressing();
            for (Message answer : answers) {
                found.add(question, answer.getSection(Section.ANSWER));
            }
            return found;
        }

        private void add(Name question, List<Record> records) {
            Name owner = question;
            Set<Name> chain = new HashSet<>();
            for (boolean followed = true; followed && chain.size() < LONGEST_ALIAS_CHAIN; ) {
                followed = false;
                for (Record record : records) {
                    if (record instanceof CNAMERecord alias && record.getName().equals(owner) && chain.add(owner)) {
                        owner = alias.getTarget();
                        ttlSeconds = Math.min(ttlSeconds, record.getTTL());
                        followed = true;
                        break;
                    }
                }
            }
            if (!owner.equals(question)) {
                canonicalName = owner.toString(true);
            }
            for (Record record : records) {
                InetAddress address = addressOf(record);
                if (address != null) {
                    seen.add(address);
                    if (record.getName().equals(owner)) {
                        candidates.add(address);
                        ttlSeconds = Math.min(ttlSeconds, record.getTTL());
                    }
                }
            }
        }

        private static @Nullable InetAddress addressOf(Record record) {
            // without the host name dnsjava attaches: it is the owner's, and must not be mistaken for a resolved one
            if (record instanceof ARecord a) {
                return HostText.ofBytes(a.getAddress().getAddress());
            }
            return record instanceof AAAARecord aaaa
                    ? HostText.ofBytes(aaaa.getAddress().getAddress())
                    : null;
        }
    }
}
