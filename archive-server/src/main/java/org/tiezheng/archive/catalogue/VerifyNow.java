package org.tiezheng.archive.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;
import org.tiezheng.verifier.cli.JsonReport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Verifies archived evidence again, on this server, out of the store: the recorded versions are read as they are, nothing is
 * copied first. The result and every check are kept; the verdict in the catalogue becomes the new one.
 *
 * <p>One verification of an evidence at a time; a bounded number runs, a bounded number waits. What ran when the server stopped
 * is FAILED at the next start, or when another server on the same database has not heard of it for a minute. Safe for use by many
 * threads, and several servers; only the server that runs one can cancel it.
 */
public final class VerifyNow implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(VerifyNow.class);
    private static final int THREADS = 2;
    private static final int WAITING = 50;
    private static final int KEPT_CHECKS = 5000;
    private static final Duration BEAT = Duration.ofSeconds(15);
    /** So long a server may be silent before what it ran counts as ended. */
    static final Duration SILENCE = Duration.ofMinutes(1);

    private final EvidenceCatalogue catalogue;
    private final EvidenceExport export;
    private final Trust trust;
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final String node;
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "verify-now-heart");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<UUID, Running> running = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), work -> {
                Thread thread = new Thread(work, "verify-now");
                thread.setDaemon(true);
                return thread;
            });

    private static final class Running {
        private final UUID evidence;
        private volatile long bytesRead;
        private volatile @Nullable Actor cancelledBy;

        Running(UUID evidence) {
            this.evidence = evidence;
        }
    }

    /** Too many verifications wait; try again later. */
    public static final class BusyException extends Exception {
        private static final long serialVersionUID = 1;
    }

    /** @param node this server, among those on the database */
    public VerifyNow(
            EvidenceCatalogue catalogue,
            EvidenceExport export,
            Trust trust,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            String node) {
        this.catalogue = catalogue;
        this.export = export;
        this.trust = trust;
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
        this.node = node;
    }

    /** At start: what ran here in a process that ended says so; and from now on this server is heard of. */
    public void recover() {
        int failed = jdbc.sql("""
                        update verification set state = 'FAILED', failure = 'the server was stopped', finished_at = :at
                        where state = 'RUNNING' and node = :node""")
                .param("at", Timestamp.from(clock.instant()))
                .param("node", node)
                .update();
        if (failed > 0) {
            log.info("{} verifications ended with the last process", failed);
        }
        ScheduledFuture<?> beats =
                heart.scheduleWithFixedDelay(this::guardedBeat, 0, BEAT.toMillis(), TimeUnit.MILLISECONDS);
        log.debug("verifications: {}", beats);
    }

    private void guardedBeat() {
        try {
            beat();
        } catch (RuntimeException fault) {
            // The database may be away. Should it stay so for a minute, others may call what runs here failed.
            log.warn("verifications are not heard of: {}", fault.toString());
        }
    }

    /** Says that what runs here is alive, and calls failed what nobody has said that of for long. */
    void beat() {
        Timestamp now = Timestamp.from(clock.instant());
        running.forEach((id, state) -> jdbc.sql(
                        "update verification set heard_at = :at, bytes_read = :read where id = :id and state = 'RUNNING'")
                .param("at", now)
                .param("read", state.bytesRead)
                .param("id", id)
                .update());
        int failed = jdbc.sql("""
                        update verification set state = 'FAILED', failure = 'the server was stopped', finished_at = :at
                        where state = 'RUNNING' and node <> :node and coalesce(heard_at, started_at) < :silent""")
                .param("at", now)
                .param("node", node)
                .param("silent", Timestamp.from(clock.instant().minus(SILENCE)))
                .update();
        if (failed > 0) {
            log.warn("{} verifications of a server that is not heard of are failed", failed);
        }
    }

    /**
     * Begins; gives the one that runs already, if there is one for this evidence.
     *
     * @param sm3 compare SM3 digests too
     * @param deep repeat the derivation of the web archive from the network recording
     * @throws FileNotFoundException if there is no such evidence
     * @throws BusyException if too many wait
     */
    public Verification start(UUID evidenceId, boolean sm3, boolean deep, Actor by)
            throws FileNotFoundException, BusyException {
        Evidence evidence =
                catalogue.find(evidenceId).orElseThrow(() -> new FileNotFoundException("no evidence " + evidenceId));
        synchronized (running) {
            for (Map.Entry<UUID, Running> entry : running.entrySet()) {
                if (entry.getValue().evidence.equals(evidenceId)) {
                    return find(entry.getKey()).orElseThrow();
                }
            }
            Optional<Verification> elsewhere = jdbc.sql("""
                            select *, report::text as report_text from verification
                            where evidence_id = :id and state = 'RUNNING' and node <> :node limit 1""")
                    .param("id", evidenceId)
                    .param("node", node)
                    .query(this::verification)
                    .optional();
            if (elsewhere.isPresent()) {
                return elsewhere.get();
            }
            UUID id = UUID.randomUUID();
            List<String> options = new ArrayList<>();
            if (sm3) {
                options.add("sm3");
            }
            if (deep) {
                options.add("deep");
            }
            transactions.executeWithoutResult(status -> insert(id, evidence, options, by));
            running.put(id, new Running(evidenceId));
            try {
                threads.execute(() -> run(id, evidence, new VerifierOptions(sm3, deep), by));
            } catch (RejectedExecutionException full) {
                running.remove(id);
                end(id, evidence, by, "FAILED", null, null, "too many verifications wait");
                throw new BusyException();
            }
            return find(id).orElseThrow();
        }
    }

    private void insert(UUID id, Evidence evidence, List<String> options, Actor by) {
        jdbc.sql("""
                        insert into verification (id, evidence_id, state, requested_by, requested_by_name, options, started_at,
                            heard_at, bytes_total, node)
                        values (:id, :evidence, 'RUNNING', :by, :name, :options, :at, :at, :bytes, :node)""")
                .param("node", node)
                .param("id", id)
                .param("evidence", evidence.id())
                .param("by", by.id())
                .param("name", by.name())
                .param("options", options.toArray(new String[0]))
                .param("at", Timestamp.from(clock.instant()))
                .param("bytes", evidence.packageBytes())
                .update();
    }

    private void run(UUID id, Evidence evidence, VerifierOptions options, Actor by) {
        Running state = Objects.requireNonNull(running.get(id));
        // With the proofs made since, which carry seals that have aged, and from the primary store even where it is
        // known to be damaged.
        try (FileChannel package_ = export.inPlace(evidence.id()).channel()) {
            Instant at = clock.instant();
            Report report = new Verifier(trust.anchors(), Clock.fixed(at, ZoneOffset.UTC), options)
                    .with(trust.policy())
                    .verify(package_, evidence.fileName(), (read, of) -> {
                        state.bytesRead = Math.min(read, evidence.packageBytes());
                        if (state.cancelledBy != null) {
                            throw new CancellationException();
                        }
                    });
            end(id, evidence, by, "DONE", report, at, null);
        } catch (CancellationException cancelled) {
            Actor who = state.cancelledBy;
            end(id, evidence, who == null ? by : who, "CANCELLED", null, null, null);
        } catch (IOException | RuntimeException failed) {
            log.warn("verification {} of {}", id, evidence.id(), failed);
            try {
                end(
                        id,
                        evidence,
                        by,
                        "FAILED",
                        null,
                        null,
                        failed.getClass().getSimpleName() + ": " + failed.getMessage());
            } catch (RuntimeException databaseToo) {
                // The row stays RUNNING until the next start says that it failed.
                log.warn("verification {}: {}", id, databaseToo.toString());
            }
        } finally {
            running.remove(id);
        }
    }

    /** Result, checks, the catalogue's verdict and the audit event, in one transaction. */
    private void end(
            UUID id,
            Evidence evidence,
            Actor by,
            String state,
            @Nullable Report report,
            @Nullable Instant at,
            @Nullable String failure) {
        String cause = CatalogueWriter.storable(failure);
        transactions.executeWithoutResult(status -> {
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("id", id);
            row.put("state", state);
            row.put("at", Timestamp.from(clock.instant()));
            row.put("verdict", report == null ? null : report.verdict().name());
            row.put("report", report == null || at == null ? null : JsonReport.of(report, at));
            row.put("failure", cause);
            int ended = jdbc.sql("""
                            update verification set state = :state, finished_at = :at, verdict = :verdict,
                                report = :report::jsonb, failure = :failure
                            where id = :id and state = 'RUNNING'""").params(row).update();
            if (ended == 0) {
                // This server was not heard of for long, and another called it failed: what was told stays.
                log.warn("verification {} was called failed before its end", id);
                return;
            }
            if (report != null) {
                checks(id, report);
                jdbc.sql("""
                                update evidence set verdict = :verdict, verified_at = :at, version = version + 1
                                where id = :id""")
                        .param("id", evidence.id())
                        .param("verdict", report.verdict().name())
                        .param("at", Timestamp.from(clock.instant()))
                        .update();
            }
            audit.append(new AuditEvent(
                    by,
                    "evidence.verify",
                    "evidence",
                    evidence.id().toString(),
                    evidence.sha256().hex(),
                    report == null ? AuditEvent.Result.FAILED : AuditEvent.Result.OK,
                    report == null
                            ? state + (cause == null ? "" : ": " + cause)
                            : report.verdict().name(),
                    null));
        });
    }

    private void checks(UUID id, Report report) {
        List<Finding> findings = report.findings();
        int count = Math.min(findings.size(), KEPT_CHECKS);
        Integer[] positions = new Integer[count];
        String[] codes = new String[count];
        String[] verdicts = new String[count];
        String[] subjects = new String[count];
        String[] details = new String[count];
        for (int i = 0; i < count; i++) {
            Finding finding = findings.get(i);
            positions[i] = i;
            codes[i] = finding.code().name();
            verdicts[i] = finding.verdict().name();
            subjects[i] = String.valueOf(CatalogueWriter.storable(finding.subject()));
            details[i] =
                    JsonMapper.shared().writeValueAsString(finding.details()).replace("\\u0000", "\\ufffd");
        }
        jdbc.sql("""
                        insert into verification_check (verification_id, position, code, verdict, subject, details)
                        select :id, c.position, c.code, c.verdict, c.subject, c.details::jsonb
                        from unnest(:positions, :codes, :verdicts, :subjects, :details)
                            as c (position, code, verdict, subject, details)""")
                .param("id", id)
                .param("positions", positions)
                .param("codes", codes)
                .param("verdicts", verdicts)
                .param("subjects", subjects)
                .param("details", details)
                .update();
    }

    /** Stops it soon. False if it does not run. */
    public boolean cancel(UUID id, Actor by) {
        Running state = running.get(id);
        if (state == null) {
            return false;
        }
        state.cancelledBy = by;
        return true;
    }

    public Optional<Verification> find(UUID id) {
        return jdbc.sql("select *, report::text as report_text from verification where id = :id")
                .param("id", id)
                .query(this::verification)
                .optional();
    }

    /** Of an evidence, newest first; at most 100. */
    public List<Verification> of(UUID evidenceId) {
        return jdbc.sql("""
                        select *, report::text as report_text from verification where evidence_id = :id
                        order by started_at desc, id limit 100""").param("id", evidenceId).query(this::verification).list();
    }

    /** The latest of an evidence that came to a verdict: the one the catalogue's verdict is from; empty if there is none but the first. */
    public Optional<Verification> latestDone(UUID evidenceId) {
        return jdbc.sql("""
                        select *, report::text as report_text from verification
                        where evidence_id = :id and state = 'DONE'
                        order by finished_at desc, started_at desc, id limit 1""").param("id", evidenceId).query(this::verification).optional();
    }

    /** What every check of a verification saw, in the order of the report. */
    public List<Verification.Check> checks(UUID id) {
        return jdbc.sql("""
                        select code, verdict, subject, details::text as details from verification_check
                        where verification_id = :id order by position""")
                .param("id", id)
                .query((row, number) -> new Verification.Check(
                        row.getString("code"),
                        Verdict.valueOf(row.getString("verdict")),
                        row.getString("subject"),
                        details(row.getString("details"))))
                .list();
    }

    private static Map<String, String> details(String json) {
        Map<String, String> details = new java.util.LinkedHashMap<>();
        JsonNode node = JsonMapper.shared().readTree(json);
        node.properties()
                .forEach(entry -> details.put(entry.getKey(), entry.getValue().asString("")));
        return details;
    }

    private Verification verification(ResultSet row, int number) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        Running state = running.get(id);
        OffsetDateTime finished = row.getObject("finished_at", OffsetDateTime.class);
        String verdict = row.getString("verdict");
        return new Verification(
                id,
                row.getObject("evidence_id", UUID.class),
                Verification.State.valueOf(row.getString("state")),
                row.getString("requested_by_name"),
                EvidenceCatalogue.texts(row, "options"),
                EvidenceCatalogue.time(row, "started_at"),
                finished == null ? null : finished.toInstant(),
                row.getLong("bytes_total"),
                state == null ? row.getLong("bytes_read") : state.bytesRead,
                verdict == null ? null : Verdict.valueOf(verdict),
                row.getString("report_text"),
                row.getString("failure"));
    }

    @Override
    public void close() {
        heart.shutdownNow();
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                log.warn("a verification is still under way; the next start says that it failed");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
