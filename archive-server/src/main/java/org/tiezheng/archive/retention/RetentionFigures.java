package org.tiezheng.archive.retention;

import java.sql.Array;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.database.Counted;

/**
 * Figures of retention for the board and for reports. What needs a look at all evidence is {@link Counted}; each of the others is one query
 * over an index. Safe for use by many threads.
 */
public final class RetentionFigures {
    /** Counts of what needs work end here: the answer this number means that many or more. */
    public static final int MOST = 10_000;

    private final JdbcClient jdbc;
    private final LockChecks checks;
    private final Clock clock;
    private final Counted<Whole> whole;

    public RetentionFigures(JdbcClient jdbc, LockChecks checks, Clock clock) {
        this.jdbc = jdbc;
        this.checks = checks;
        this.clock = clock;
        this.whole = new Counted<>("retention-figures", this::countWhole, Whole::evidence, clock);
    }

    /**
     * What takes a look at all evidence.
     *
     * @param countedAt when that look was taken
     */
    public record Whole(Instant countedAt, List<InClass> distribution, List<Basis> bases, long unassigned) {
        public Whole {
            distribution = List.copyOf(distribution);
            bases = List.copyOf(bases);
        }

        long evidence() {
            return distribution.stream().mapToLong(InClass::evidence).sum();
        }
    }

    private Whole countWhole() {
        Instant now = clock.instant();
        return new Whole(now, countDistribution(now), countBases(), countUnassigned(now));
    }

    /** Counts all evidence now: what {@link #distribution}, {@link #bases} and {@link #waiting} say after it is no older. */
    public void recount() {
        Whole unused = whole.anew();
    }

    /** {@link #distribution}, {@link #bases} and what has no class, of one look. */
    public Whole whole() {
        return whole.get();
    }

    /**
     * Evidence of one class that is there.
     *
     * @param years null: for ever
     * @param notRunning of a class with an end, whose case is open
     * @param ended whose period has ended
     */
    public record InClass(
            String classId, @Nullable Integer years, long evidence, long notRunning, long running, long ended) {}

    /** The classes with the longest first. */
    public List<InClass> distribution() {
        return whole.get().distribution();
    }

    private List<InClass> countDistribution(Instant now) {
        return jdbc.sql("""
                        select class_id, years, count(*) as evidence, count(*) filter (where ends_at is null) as not_running,
                            count(*) filter (where ends_at > :now) as running, count(*) filter (where ends_at <= :now) as ended
                        from evidence_retention r
                        where not exists (select 1 from disposal_item i where i.evidence_id = r.evidence_id and i.state = 'DELETED')
                        group by class_id, years order by years desc nulls first, class_id""")
                .param("now", Retentions.stamp(now))
                .query((row, number) -> {
                    int years = row.getInt("years");
                    Integer orNull = row.wasNull() ? null : years;
                    return new InClass(
                            row.getString("class_id"),
                            orNull,
                            row.getLong("evidence"),
                            orNull == null ? 0 : row.getLong("not_running"),
                            row.getLong("running"),
                            row.getLong("ended"));
                })
                .list();
    }

    /** On what document a class rests, as it was assigned: rule and document with how much evidence. */
    public record Basis(
            String classId, String ruleId, @Nullable String approvalDoc, long evidence) {}

    /** All bases, most evidence first. */
    public List<Basis> bases() {
        return whole.get().bases();
    }

    private List<Basis> countBases() {
        return jdbc.sql("""
                        select class_id, rule_id, approval_doc, count(*) as evidence from evidence_retention
                        group by class_id, rule_id, approval_doc order by evidence desc, class_id, rule_id""")
                .query((row, number) -> new Basis(
                        row.getString("class_id"),
                        row.getString("rule_id"),
                        row.getString("approval_doc"),
                        row.getLong("evidence")))
                .list();
    }

    /**
     * What needs a person, or waits for the archive itself; each counted to {@link #MOST} and no further.
     *
     * @param toAppraise period ended, nothing decided
     * @param toList to be destroyed, on no list yet
     * @param approvals matters that wait for a second person
     * @param holdsInForce holds that were not released
     * @param heldEvidence evidence with at least one hold
     * @param holdsWaiting evidence whose objects are not on hold, or not free of it, yet
     * @param locksBehind evidence whose objects are not locked as long as the class asks, in every copy
     * @param unassigned evidence without a class: looked at within seconds
     * @param disposalsOpen lists that wait or are being carried out
     */
    public record Waiting(
            long toAppraise,
            long toList,
            long approvals,
            long holdsInForce,
            long heldEvidence,
            long holdsWaiting,
            long locksBehind,
            long unassigned,
            long disposalsOpen) {}

    public Waiting waiting() {
        return waiting(whole.get());
    }

    /** As {@link #waiting()}, with what is known of all evidence already. */
    public Waiting waiting(Whole known) {
        Instant now = clock.instant();
        return new Waiting(
                count("""
                        select 1 from evidence_retention r where r.ends_at <= :now
                            and not exists (select 1 from disposal_item i where i.evidence_id = r.evidence_id and i.state = 'DELETED')
                            and not exists (select 1 from appraisal a where a.evidence_id = r.evidence_id
                                and (a.state in ('PROPOSED', 'LISTED') or (a.state = 'DONE' and a.decision = 'TRANSFER')))""", now),
                count("select 1 from appraisal where state = 'PROPOSED' and decision = 'DESTROY'", now),
                count("select 1 from retention_approval where state = 'OPEN'", now),
                count("select 1 from legal_hold where released_at is null", now),
                count("select 1 from evidence where held", now),
                count("select 1 from legal_hold_evidence where state in ('PLACING', 'LIFTING')", now),
                count("""
                        select 1 from (select evidence_id from evidence_retention where ends_at > locked_until
                            union all select evidence_id from evidence_retention
                                where ends_at is null and locked_until <= :now) as r
                        where not exists (select 1 from disposal_item i where i.evidence_id = r.evidence_id
                                and i.state in ('DELETING', 'DELETED'))""", now),
                known.unassigned(),
                count("select 1 from disposal where state in ('PROPOSED', 'APPROVED', 'RUNNING')", now));
    }

    private long countUnassigned(Instant now) {
        return count("""
                        select 1 from evidence e where e.disposed_at is null
                            and not exists (select 1 from evidence_retention r where r.evidence_id = e.id)""", now);
    }

    private long count(String rows, Instant now) {
        return jdbc.sql("select count(*) from (" + rows + " limit " + MOST
                        + ") as found where :now::timestamptz is not null")
                .param("now", Retentions.stamp(now))
                .query(Long.class)
                .single();
    }

    /** Evidence whose period ends before {@code before} and has not ended yet. */
    public long endingBefore(Instant before) {
        return jdbc.sql("select count(*) from evidence_retention where ends_at > :now and ends_at <= :before")
                .param("now", Retentions.stamp(clock.instant()))
                .param("before", Retentions.stamp(before))
                .query(Long.class)
                .single();
    }

    /** The latest check of the locks; empty if there was none. */
    public Optional<LockChecks.Check> lastCheck() {
        return checks.latest(1).stream().findFirst();
    }

    /**
     * A disposal that was carried out.
     *
     * @param certificateSha256 digest of the certificate, which is kept
     * @param destroyed pieces of evidence; the others of {@code listed} were left out
     */
    public record Disposed(
            UUID id,
            long number,
            String listSha256,
            String proposedByName,
            @Nullable String approvedByName,
            List<String> supervisors,
            String method,
            @Nullable Instant endedAt,
            @Nullable String certificateSha256,
            long listed,
            long destroyed) {
        public Disposed {
            supervisors = List.copyOf(supervisors);
        }
    }

    /** Disposals that ended in a period, oldest first. */
    public List<Disposed> disposals(Instant from, Instant to) {
        return jdbc.sql("""
                        select d.*, (select count(*) from disposal_item i where i.disposal_id = d.id) as listed,
                            (select count(*) from disposal_item i where i.disposal_id = d.id and i.state = 'DELETED') as destroyed
                        from disposal d where d.state = 'DONE' and d.ended_at >= :from and d.ended_at < :to order by d.number""")
                .param("from", Retentions.stamp(from))
                .param("to", Retentions.stamp(to))
                .query((row, number) -> {
                    Array names = row.getArray("supervisors");
                    return new Disposed(
                            row.getObject("id", UUID.class),
                            row.getLong("number"),
                            row.getString("list_sha256"),
                            row.getString("proposed_by_name"),
                            row.getString("approved_by_name"),
                            List.of((String[]) names.getArray()),
                            row.getString("method"),
                            Retentions.timeIfAny(row, "ended_at"),
                            row.getString("certificate_sha256"),
                            row.getLong("listed"),
                            row.getLong("destroyed"));
                })
                .list();
    }

    /** A decision about evidence whose period had ended. */
    public record Appraised(
            UUID evidenceId,
            long number,
            @Nullable String archivalCode,
            @Nullable Instant periodEndedAt,
            Appraisals.Decision decision,
            String opinion,
            @Nullable String transferTo,
            String byName,
            Instant at,
            Appraisals.State state) {}

    /** Appraisals made in a period, oldest first; transfers are those with decision TRANSFER and state DONE. */
    public List<Appraised> appraisals(Instant from, Instant to, int most) {
        return jdbc.sql("""
                        select a.*, e.number, e.archival_code, r.ends_at from appraisal a join evidence e on e.id = a.evidence_id
                            left join evidence_retention r on r.evidence_id = e.id
                        where a.at >= :from and a.at < :to order by a.at, a.id limit :most""")
                .param("from", Retentions.stamp(from))
                .param("to", Retentions.stamp(to))
                .param("most", most)
                .query((row, number) -> new Appraised(
                        row.getObject("evidence_id", UUID.class),
                        row.getLong("number"),
                        row.getString("archival_code"),
                        Retentions.timeIfAny(row, "ends_at"),
                        Appraisals.Decision.valueOf(row.getString("decision")),
                        row.getString("opinion"),
                        row.getString("transfer_to"),
                        row.getString("by_name"),
                        Retentions.time(row, "at"),
                        Appraisals.State.valueOf(row.getString("state"))))
                .list();
    }

    /** Changes of class in a period, by kind; locks that were only renewed are under LOCK. */
    public record Changes(Retentions.Kind kind, long count) {}

    public List<Changes> changes(Instant from, Instant to) {
        return jdbc.sql("""
                        select kind, count(*) as count from retention_history where at >= :from and at < :to
                        group by kind order by kind""")
                .param("from", Retentions.stamp(from))
                .param("to", Retentions.stamp(to))
                .query((row, number) ->
                        new Changes(Retentions.Kind.valueOf(row.getString("kind")), row.getLong("count")))
                .list();
    }
}
