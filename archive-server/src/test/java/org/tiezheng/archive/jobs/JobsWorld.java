package org.tiezheng.archive.jobs;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.unit.DataSize;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.capture.relay.EgressPolicy;

/** The services of this package on a database of their own, with a clock that stands, and two officers. */
final class JobsWorld {
    static final Instant START = Instant.parse("2026-11-22T02:00:00Z");
    static final Actor FIRST = new Actor("officer-1", "执法人员甲", "INSPECTOR", "3601-001", "127.0.0.1", null);
    static final String SECOND = "officer-2";
    static final CaptureOptions OPTIONS = new CaptureOptions("desktop", "zh-CN", 60, 180);

    final TestDatabase database = TestDatabase.create();
    final MovableClock clock = new MovableClock(START);
    final Map<String, OfficerRegister.Entry> officers = new HashMap<>();
    final JobSettings settings;
    final AuditLog audit;
    final JobTable table;
    final Jobs jobs;
    final Leases leases;
    final Submissions submissions;
    final Schedules schedules;

    JobsWorld() {
        this(settings(Duration.ZERO, 1_000));
    }

    JobsWorld(JobSettings settings) {
        this.settings = settings;
        officer("officer-1", "执法人员甲", "3601-001");
        officer(SECOND, "执法人员乙", "3601-002");
        DataSource source = database.dataSource();
        audit = new AuditLog(database.jdbc(), clock);
        JdbcTemplate template = new JdbcTemplate(source);
        table = new JobTable(template);
        TransactionTemplate transactions = database.transactions();
        Backoff backoff = new Backoff(settings.backoffFirst(), settings.backoffMost(), new Random(1));
        jobs = new Jobs(database.jdbc(), table, transactions, audit, backoff, settings, clock);
        leases = new Leases(template, table, transactions, audit, settings, clock);
        TwoOfficers both = new TwoOfficers(id -> Optional.ofNullable(officers.get(id)), clock);
        submissions = new Submissions(
                database.jdbc(),
                table,
                transactions,
                audit,
                both,
                EgressPolicy.ofThisMachine(List.of()),
                settings,
                clock);
        schedules = new Schedules(database.jdbc(), transactions, audit, both, submissions, clock);
    }

    static JobSettings settings(Duration hostInterval, int hostConcurrency) {
        JobSettings d = JobSettings.defaults();
        return new JobSettings(
                d.lease(),
                3,
                d.backoffFirst(),
                d.backoffMost(),
                hostConcurrency,
                hostInterval,
                10_000,
                DataSize.ofMegabytes(5),
                List.of(),
                List.of(),
                d.housekeeping(),
                d.keepSubmissions());
    }

    void officer(String account, String name, String certificate) {
        officers.put(
                account,
                new OfficerRegister.Entry(
                        new RecordedOfficer(account, name, "市场监督管理局", certificate),
                        START.minus(Duration.ofDays(100)),
                        START.plus(Duration.ofDays(100))));
    }

    static Submission submission() {
        return new Submission(OPTIONS, CaptureContext.NONE, SECOND, Submission.USUAL);
    }

    Job submit(String url) {
        return submissions.submit(url, submission(), FIRST, null);
    }

    Optional<Lease> lease(String agent) {
        return leases.lease(agent, "agents", "1", 100);
    }

    Lease mustLease(String agent) {
        return lease(agent).orElseThrow();
    }

    /** As ingest does it. */
    boolean archived(Job job, UUID evidence) {
        return Boolean.TRUE.equals(
                database.transactions().execute(status -> jobs.archived(job.id(), job.epoch(), evidence)));
    }

    Job now(Job job) {
        return jobs.find(job.id()).orElseThrow();
    }

    /** Actions recorded for a job, in order. */
    List<String> actions(Job job) {
        return audit.ofObject("job", String.valueOf(job.id())).stream()
                .map(entry -> entry.event().action())
                .toList();
    }

    long count(String sql) {
        Long n = database.jdbc().sql(sql).query(Long.class).single();
        return n == null ? 0 : n;
    }

    ChainVerifier chain() {
        return new ChainVerifier(database.dataSource());
    }

    /** Transactions on another source of connections. */
    static TransactionTemplate transactions(DataSource source) {
        return new TransactionTemplate(new JdbcTransactionManager(source));
    }
}
