package org.tiezheng.archive.log;

import java.net.URI;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.evidence.log.AddCheckpoint;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogHash;
import org.tiezheng.evidence.log.LogPolicy;

/**
 * Asks the witnesses of the policy, each in a thread of its own, so that one that is slow or down holds up no other.
 *
 * <p>After a start each is first shown what this server signed last. One that has seen more, or another tree, proves that the
 * database is older than what the world has seen: the log stops ({@link LogDamagedException}). Until as many have answered as a
 * proof needs, nothing new is signed.
 *
 * <p>A lost answer costs nothing: the witness is asked again and cosigns again. After a failure it is asked again after a second,
 * then two, and so on up to a minute. Safe for use by many threads.
 */
final class Witnesses {
    private static final Logger LOG = LoggerFactory.getLogger(Witnesses.class);
    private static final Duration SOON = Duration.ofMillis(300);
    private static final Duration LATEST = Duration.ofMinutes(1);
    /** What the witness says of its size is news once; more often it does not know what it says. */
    private static final int MAX_CONFLICTS = 3;

    private static final int MAX_THREADS = 32;
    private static final long STOP_SECONDS = 5;

    private final JdbcClient jdbc;
    private final TransparencyLog log;
    private final WitnessClient client;
    private final boolean startWithout;
    private final Clock clock;
    private final Map<String, LogPolicy.Site> sites;
    private final Set<String> shown = ConcurrentHashMap.newKeySet();
    private final Set<String> tried = ConcurrentHashMap.newKeySet();
    private @Nullable ScheduledExecutorService threads;

    /** @param startWithout sign although too few could be asked at the start */
    Witnesses(JdbcClient jdbc, TransparencyLog log, WitnessClient client, boolean startWithout, Clock clock) {
        this.jdbc = jdbc;
        this.log = log;
        this.client = client;
        this.startWithout = startWithout;
        this.clock = clock;
        this.sites = log.policy().witnesses().entrySet().stream()
                .filter(entry -> entry.getValue().url() != null)
                .collect(java.util.stream.Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Begins asking; {@code after} runs when there are new cosignatures. */
    synchronized void start(Runnable after) {
        if (sites.isEmpty()) {
            return;
        }
        shown.clear();
        tried.clear();
        ScheduledExecutorService started = Executors.newScheduledThreadPool(
                Math.min(MAX_THREADS, sites.size()), task -> new Thread(task, "log-witness"));
        threads = started;
        sites.keySet().forEach(name -> again(started, name, 0, Duration.ZERO, after));
    }

    private void again(ScheduledExecutorService on, String name, int failures, Duration wait, Runnable after) {
        if (on.isShutdown()) {
            return;
        }
        var unused = on.schedule(() -> turn(on, name, failures, after), wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void turn(ScheduledExecutorService on, String name, int failures, Runnable after) {
        Turn done;
        try {
            done = ask(name);
            if (done == Turn.COSIGNED) {
                after.run();
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return;
        } catch (LogDamagedException stopped) {
            return;
        } catch (RuntimeException e) {
            LOG.warn("witness {}: {}", name, e.getMessage());
            done = Turn.FAILED;
        }
        int inARow = done == Turn.FAILED ? failures + 1 : 0;
        Duration wait = inARow == 0 ? SOON : Duration.ofSeconds(1L << Math.min(inARow - 1, 6));
        again(on, name, inARow, wait.compareTo(LATEST) > 0 ? LATEST : wait, after);
    }

    synchronized void stop() {
        ScheduledExecutorService stopping = threads;
        threads = null;
        if (stopping == null) {
            return;
        }
        stopping.shutdownNow();
        try {
            if (!stopping.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a witness's thread does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether enough witnesses have said since the start that they know nothing newer than this database. */
    boolean mayAdvance() {
        if (startWithout || sites.isEmpty()) {
            return true;
        }
        LogPolicy policy = log.policy();
        return policy.needsWitnesses()
                ? policy.isMet(site -> sites.entrySet().stream()
                        .anyMatch(e -> e.getValue().equals(site) && shown.contains(e.getKey())))
                : tried.containsAll(sites.keySet());
    }

    /** Names of those that are still to be asked after the start. */
    List<String> notAsked() {
        return sites.keySet().stream()
                .filter(name -> !shown.contains(name))
                .sorted()
                .toList();
    }

    /** How a turn ended. */
    enum Turn {
        NOTHING_TO_DO,
        COSIGNED,
        FAILED
    }

    /**
     * Asks one witness what there is to ask now.
     *
     * @throws LogDamagedException if it has seen another history; the log stands still from here
     */
    Turn ask(String name) throws InterruptedException {
        LogPolicy.Site site = sites.get(name);
        if (site == null || site.url() == null) {
            throw new IllegalArgumentException(name);
        }
        if (!shown.contains(name)) {
            Turn turn = show(name, site, log.shown());
            tried.add(name);
            return turn;
        }
        Optional<Checkpoint> target = log.target();
        if (target.isEmpty() || isCosigned(target.get().size(), site)) {
            return Turn.NOTHING_TO_DO;
        }
        return ask(name, site, target.get(), knownSize(site));
    }

    /** The first question after a start: is what we signed last the newest you know? */
    private Turn show(String name, LogPolicy.Site site, Checkpoint last) throws InterruptedException {
        // With its own size as the old one and no proof: it agrees, or says which size it has.
        return ask(name, site, last, last.size());
    }

    private Turn ask(String name, LogPolicy.Site site, Checkpoint checkpoint, long known) throws InterruptedException {
        long old = Math.min(known, checkpoint.size());
        boolean isItsWord = false;
        boolean isDisputed = false;
        for (int conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
            List<LogHash> proof = old == 0 ? List.of() : log.consistency(old, checkpoint.size());
            asked(site, name);
            WitnessClient.Answer answer =
                    client.ask(URI.create(String.valueOf(site.url())), new AddCheckpoint(old, proof, checkpoint));
            if (answer instanceof WitnessClient.Answer.Lines lines) {
                return cosigned(name, site, checkpoint, lines.lines());
            } else if (answer instanceof WitnessClient.Answer.Conflict conflict) {
                long its = conflict.size();
                if (its > log.state().signed()) {
                    throw damaged(
                            name,
                            site,
                            "has cosigned " + its + " entries, but the database knows "
                                    + log.state().signed());
                }
                if (its == WitnessClient.NO_SIZE && old == checkpoint.size() && old > 0) {
                    // Perhaps it has another tree of this size, but it must say so: asked from nothing, it names its
                    // size.
                    isDisputed = true;
                    old = 0;
                    continue;
                }
                if (its == checkpoint.size() && its > 0 && (its == old || isDisputed)) {
                    throw damaged(name, site, "has cosigned another tree of " + its + " entries");
                }
                if (its == old || its == WitnessClient.NO_SIZE) {
                    return failed(name, site, "malformed");
                }
                remember(site, its);
                if (its > checkpoint.size()) {
                    // Another server got further meanwhile; the next checkpoint will do.
                    shown.add(name);
                    return Turn.NOTHING_TO_DO;
                }
                old = its;
                isItsWord = true;
            } else if (answer instanceof WitnessClient.Answer.Inconsistent) {
                // From the size that it named, our proof is right for our tree: so its tree is another.
                if (old > 0 && old < checkpoint.size() && (isItsWord || shown.contains(name))) {
                    throw damaged(
                            name,
                            site,
                            "says that the tree does not continue the one of " + old + " entries it cosigned");
                }
                return failed(name, site, "http-422");
            } else if (answer instanceof WitnessClient.Answer.Failed failure) {
                if (failure.code().equals("http-404") || (checkpoint.size() == 0 && isRefusal(failure))) {
                    // It has seen nothing of this log, so nothing newer either.
                    shown.add(name);
                }
                return failed(name, site, failure.code());
            }
        }
        return failed(name, site, "conflict");
    }

    /** Some witnesses do not want an empty tree. */
    private static boolean isRefusal(WitnessClient.Answer.Failed failure) {
        return failure.code().equals("http-400");
    }

    private Turn cosigned(String name, LogPolicy.Site site, Checkpoint checkpoint, List<Checkpoint.Line> lines) {
        // Only what verifies under a key of the policy counts. A witness may answer with several of its keys.
        boolean isIts = false;
        for (LogPolicy.Site key : log.policy().witnesses().values()) {
            for (Checkpoint.Line line : lines) {
                Optional<Instant> at = checkpoint.with(List.of(line)).cosignedAt(key.key());
                if (at.isPresent()) {
                    if (checkpoint.size() > 0) {
                        log.witnessed(checkpoint.size(), key.key(), line, at.get());
                    }
                    answered(key, checkpoint.size(), at.get());
                    isIts |= key.equals(site);
                }
            }
        }
        if (!isIts) {
            return failed(name, site, "not-cosigned");
        }
        shown.add(name);
        return Turn.COSIGNED;
    }

    private LogDamagedException damaged(String name, LogPolicy.Site site, String what) {
        String why = "witness " + name + " " + what + ": this database is not the newest, or not the only one";
        LOG.error("the transparency log stops: {}", why);
        log.damaged(why);
        Turn unused = failed(name, site, "contradicts");
        return new LogDamagedException(why);
    }

    // ---- what is known of them ----------------------------------------------------------------------------------

    private boolean isCosigned(long size, LogPolicy.Site site) {
        return jdbc.sql("select exists (select 1 from log_cosignature where size = :size and witness = :witness)")
                .param("size", size)
                .param("witness", site.key().toString())
                .query(Boolean.class)
                .single();
    }

    private long knownSize(LogPolicy.Site site) {
        return jdbc.sql("select size from log_witness where vkey = :vkey")
                .param("vkey", site.key().toString())
                .query(Long.class)
                .optional()
                .orElse(0L);
    }

    private void asked(LogPolicy.Site site, String name) {
        jdbc.sql("""
                        insert into log_witness (vkey, asked_at) values (:vkey, :now)
                        on conflict (vkey) do update set asked_at = excluded.asked_at""").param("vkey", site.key().toString()).param("now", now()).update();
    }

    private void remember(LogPolicy.Site site, long size) {
        jdbc.sql("update log_witness set size = :size where vkey = :vkey")
                .param("size", size)
                .param("vkey", site.key().toString())
                .update();
    }

    private void answered(LogPolicy.Site site, long size, Instant cosignedAt) {
        jdbc.sql("""
                        insert into log_witness (vkey, size, cosigned_at, answered_at) values (:vkey, :size, :cosigned, :now)
                        on conflict (vkey) do update set size = excluded.size, cosigned_at = excluded.cosigned_at,
                            answered_at = excluded.answered_at, failure = null, failures = 0""")
                .param("size", size)
                .param("cosigned", Timestamp.from(cosignedAt))
                .param("now", now())
                .param("vkey", site.key().toString())
                .update();
    }

    private Turn failed(String name, LogPolicy.Site site, String code) {
        LOG.warn("witness {}: {}", name, code);
        jdbc.sql("""
                        update log_witness set failure = :code, failed_at = :now, failures = failures + 1
                        where vkey = :vkey""")
                .param("code", code)
                .param("now", now())
                .param("vkey", site.key().toString())
                .update();
        return Turn.FAILED;
    }

    private Timestamp now() {
        return Timestamp.from(clock.instant());
    }
}
