package org.tiezheng.archive.filing;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Counts for the preservation board and the audit report. Each is cheap at a million rows. */
public final class FilingFigures {
    private static final int COUNTED = 10_000;

    private final JdbcClient jdbc;

    public FilingFigures(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Now.
     *
     * @param fonds how many there are
     * @param volumes how many there are
     * @param filed pieces of evidence with an archival code
     * @param waiting confirmed and reviewed, not filed; counted to 10,000 and no further
     * @param open checked, and a person has to answer or give a reason
     * @param blocked checked, and not to be filed as it is
     * @param lastFiledAt null if nothing was
     */
    public record Now(
            int fonds,
            long volumes,
            long filed,
            int waiting,
            int open,
            int blocked,
            @Nullable Instant lastFiledAt) {}

    /**
     * In a period.
     *
     * @param checks four-property checks that were done, of both profiles
     * @param failedChecks of them, those that blocked
     * @param filed pieces of evidence that got a code
     * @param imported of them, those that came with one
     * @param exported packages given to other archives
     */
    public record Period(long checks, long failedChecks, long filed, long imported, long exported) {}

    /** One line of the list of fonds. */
    public record OfFonds(String no, String name, long volumes, long filed) {}

    public Now now() {
        return jdbc.sql("""
                        select (select count(*) from fonds) as fonds,
                            (select count(*) from volume) as volumes,
                            (select count(*) from filed) as filed,
                            (select count(*) from (select 1 from evidence where archival_code is null
                                and confirmed_at is not null and not (automatic and reviewed_at is null)
                                limit :most) as w) as waiting,
                            (select count(*) from (select 1 from filing_item where state = 'OPEN' limit :most) as o) as open,
                            (select count(*) from filing_item i
                                join filing_task t on t.id = i.task_id and t.kind = 'FILE'
                                join evidence e on e.id = i.evidence_id and e.archival_code is null
                                where i.state = 'BLOCKED' and not exists (select 1 from filing_item o
                                    join filing_task p on p.id = o.task_id and p.kind = 'FILE'
                                    where o.evidence_id = i.evidence_id and (p.created_at, p.id) > (t.created_at, t.id)))
                                as blocked,
                            (select max(filed_at) from filed) as last_filed""")
                .param("most", COUNTED)
                .query((row, number) -> {
                    Timestamp last = row.getTimestamp("last_filed");
                    return new Now(
                            row.getInt("fonds"),
                            row.getLong("volumes"),
                            row.getLong("filed"),
                            row.getInt("waiting"),
                            row.getInt("open"),
                            row.getInt("blocked"),
                            last == null ? null : last.toInstant());
                })
                .single();
    }

    /** @param to not included */
    public Period period(Instant from, Instant to) {
        return Objects.requireNonNull(jdbc.sql("""
                        select (select count(*) from check_run where started_at >= :from and started_at < :to
                                and state = 'DONE') as checks,
                            (select count(*) from check_run where started_at >= :from and started_at < :to
                                and outcome = 'BLOCK') as failed_checks,
                            (select count(*) from filed where filed_at >= :from and filed_at < :to) as filed,
                            (select count(*) from filed where filed_at >= :from and filed_at < :to
                                and origin = 'IMPORTED') as imported,
                            (select coalesce(sum(total_count), 0) from filing_task where created_at >= :from
                                and created_at < :to and kind = 'EXPORT' and state = 'DONE') as exported""")
                .param("from", Timestamp.from(from))
                .param("to", Timestamp.from(to))
                .query((row, number) -> new Period(
                        row.getLong("checks"),
                        row.getLong("failed_checks"),
                        row.getLong("filed"),
                        row.getLong("imported"),
                        row.getLong("exported")))
                .single());
    }

    /** All fonds with their counts: from the series, not from the rows. */
    public List<OfFonds> fonds() {
        return jdbc.sql("""
                        select distinct on (r.fonds_no) r.fonds_no, r.name,
                            (select count(*) from volume v where v.fonds_no = r.fonds_no) as volumes,
                            (select count(*) from filed f where f.fonds_no = r.fonds_no) as filed
                        from fonds_rule r order by r.fonds_no, r.id desc""")
                .query((row, number) -> new OfFonds(
                        row.getString("fonds_no"), row.getString("name"), row.getLong("volumes"), row.getLong("filed")))
                .list();
    }
}
