package org.tiezheng.archive.jobs;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.springframework.jdbc.core.JdbcTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.capture.relay.EgressPolicy;

/** The real queue on a given database, for tests of packages that work on jobs: two officers who submit, agents who lease. */
public final class TestJobs {
    public static final Actor FIRST = new Actor("officer-1", "执法人员甲", "INSPECTOR", "3601-001", "127.0.0.1", null);

    private final Jobs jobs;
    private final Leases leases;
    private final Submissions submissions;

    public TestJobs(TestDatabase database, Clock clock) {
        JobSettings settings = JobsWorld.settings(Duration.ZERO, 1_000);
        AuditLog audit = new AuditLog(database.jdbc(), clock);
        JdbcTemplate template = new JdbcTemplate(database.dataSource());
        JobTable table = new JobTable(template);
        Backoff backoff = new Backoff(settings.backoffFirst(), settings.backoffMost(), new Random(1));
        jobs = new Jobs(database.jdbc(), table, database.transactions(), audit, backoff, settings, clock);
        leases = new Leases(template, table, database.transactions(), audit, settings, clock);
        Instant now = clock.instant();
        Map<String, OfficerRegister.Entry> officers = Map.of(
                "officer-1", entry("officer-1", "执法人员甲", "3601-001", now),
                "officer-2", entry("officer-2", "执法人员乙", "3601-002", now));
        submissions = new Submissions(
                database.jdbc(),
                table,
                database.transactions(),
                audit,
                new TwoOfficers(id -> Optional.ofNullable(officers.get(id)), clock),
                EgressPolicy.ofThisMachine(List.of()),
                settings,
                clock);
    }

    private static OfficerRegister.Entry entry(String id, String name, String certNo, Instant now) {
        return new OfficerRegister.Entry(
                new RecordedOfficer(id, name, "市场监督管理局", certNo),
                now.minus(Duration.ofDays(100)),
                now.plus(Duration.ofDays(100)));
    }

    public Jobs jobs() {
        return jobs;
    }

    /** Submits as the first officer, with the second one. */
    public Job submit(String url, CaptureContext context) {
        return submissions.submit(
                url, new Submission(JobsWorld.OPTIONS, context, JobsWorld.SECOND, Submission.USUAL), FIRST, null);
    }

    /** A job that this agent has now. */
    public Job lease(String agent) {
        return leases.lease(agent, "agents", "1", 100).orElseThrow().job();
    }
}
