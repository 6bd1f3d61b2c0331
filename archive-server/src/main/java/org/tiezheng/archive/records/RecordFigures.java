package org.tiezheng.archive.records;

import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Figures about evidence records for board and report; cheap at a million packages. */
public final class RecordFigures {
    private final JdbcClient jdbc;
    private final RecordSettings settings;
    private final Clock clock;

    public RecordFigures(JdbcClient jdbc, RecordSettings settings, Clock clock) {
        this.jdbc = jdbc;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * How things are.
     *
     * @param recorded packages that have an evidence record
     * @param waiting packages that were archived since the last batch
     * @param oldestWaiting since when the oldest of them, or of an unfinished first batch, waits; null if none does
     * @param liveBatches batches that records are made from
     * @param lastBatchAt when the last batch or renewal was done; null before the first
     * @param nextBatchAt when the next one is due; null before the first look
     * @param nextRenewalBy when the first live batch ends: it must be renewed before; null if there is none
     * @param endingSoon live batches that end within the time in which they are to be renewed
     * @param ended live batches that have ended without a renewal: their records prove nothing any more by themselves
     * @param openBatches batches without a token yet
     * @param openRenewals renewals under way
     * @param failing open batches and renewals whose last step failed
     * @param lastFailure of the newest of them, or of a renewal that ended without a result; null if there is none
     * @param badPackages packages that could not be renewed because an object is missing or not the archived one
     * @param late whether something waits longer than it should
     */
    public record Now(
            long recorded,
            long waiting,
            @Nullable Instant oldestWaiting,
            long liveBatches,
            @Nullable Instant lastBatchAt,
            @Nullable Instant nextBatchAt,
            @Nullable Instant nextRenewalBy,
            long endingSoon,
            long ended,
            long openBatches,
            long openRenewals,
            long failing,
            @Nullable String lastFailure,
            long badPackages,
            boolean late) {}

    /** What happened in a period. */
    public record Period(long batches, long packages, long tokenRenewals, long treeRenewals, long failedRenewals) {}

    /** How things are now: a few small queries. */
    public Now now() {
        Instant now = clock.instant();
        OffsetDateTime horizon = now.atOffset(ZoneOffset.UTC).plus(settings.renewBefore());
        return jdbc.sql("""
                        select
                            (select coalesce(sum(members), 0) from record_batch where kind = 'FIRST' and state = 'DONE')
                                as recorded,
                            (select count(*) from record_queue) as waiting,
                            least((select min(queued_at) from record_queue), (select min(created_at) from record_batch
                                where kind = 'FIRST' and state in ('READING', 'CHOSEN', 'STAMPED'))) as oldest,
                            (select count(*) from record_batch where live) as live,
                            (select max(done_at) from record_batch where state = 'DONE') as last,
                            (select nullif(next_batch_at, '-infinity') from record_state) as next,
                            (select min(least(certificates_end, coalesce(algorithms_end, 'infinity')))
                                from record_batch where live) as renewal,
                            (select count(*) from record_batch
                                where live and (certificates_end < :horizon or algorithms_end < :horizon)) as soon,
                            (select count(*) from record_batch
                                where live and (certificates_end < :now or algorithms_end < :now)) as ended,
                            (select count(*) from record_batch
                                where kind = 'FIRST' and state in ('READING', 'CHOSEN', 'STAMPED')) as batches,
                            (select count(*) from record_batch
                                where kind <> 'FIRST' and state in ('READING', 'CHOSEN', 'STAMPED')) as renewals,
                            (select count(*) from record_batch
                                where state in ('READING', 'CHOSEN', 'STAMPED') and failure is not null) as failing,
                            (select failure from record_batch b where failure is not null and (
                                state in ('READING', 'CHOSEN', 'STAMPED')
                                or state = 'FAILED' and exists (select 1 from record_batch p where p.id = b.parent and p.live))
                                order by created_at desc limit 1) as failure,
                            (select count(distinct r.evidence_id) from record_reading r
                                join record_batch b on b.id = r.batch_id join record_batch p on p.id = b.parent
                                join record_current c on c.evidence_id = r.evidence_id
                                where r.outcome = 'BAD' and c.chain_id = p.chain_id and p.live) as bad,
                            (select failure from record_state) as look""")
                .param("now", now.atOffset(ZoneOffset.UTC))
                .param("horizon", horizon)
                .query((row, n) -> {
                    Instant oldest = instant(row.getObject("oldest", OffsetDateTime.class));
                    String look = row.getString("look");
                    String failure = row.getString("failure");
                    return new Now(
                            row.getLong("recorded"),
                            row.getLong("waiting"),
                            oldest,
                            row.getLong("live"),
                            instant(row.getObject("last", OffsetDateTime.class)),
                            instant(row.getObject("next", OffsetDateTime.class)),
                            instant(row.getObject("renewal", OffsetDateTime.class)),
                            row.getLong("soon"),
                            row.getLong("ended"),
                            row.getLong("batches"),
                            row.getLong("renewals"),
                            row.getLong("failing"),
                            failure == null && !look.isEmpty() ? look : failure,
                            row.getLong("bad"),
                            oldest != null && oldest.plus(settings.alarmAfter()).isBefore(now));
                })
                .single();
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime at) {
        return at == null || at.equals(OffsetDateTime.MAX) || at.equals(OffsetDateTime.MIN) ? null : at.toInstant();
    }

    /** What was done from {@code from} up to, not including, {@code to}. */
    public Period period(Instant from, Instant to) {
        Optional<Period> period = jdbc.sql("""
                        select count(*) filter (where kind = 'FIRST' and state = 'DONE') as batches,
                            coalesce(sum(members) filter (where kind = 'FIRST' and state = 'DONE'), 0) as packages,
                            count(*) filter (where kind = 'TOKEN' and state = 'DONE') as token,
                            count(*) filter (where kind = 'TREE' and state = 'DONE') as tree,
                            count(*) filter (where state = 'FAILED') as failed
                        from record_batch where coalesce(done_at, created_at) >= :from and coalesce(done_at, created_at) < :to""")
                .param("from", from.atOffset(ZoneOffset.UTC))
                .param("to", to.atOffset(ZoneOffset.UTC))
                .query((row, n) -> new Period(
                        row.getLong("batches"),
                        row.getLong("packages"),
                        row.getLong("token"),
                        row.getLong("tree"),
                        row.getLong("failed")))
                .optional();
        return period.orElse(new Period(0, 0, 0, 0, 0));
    }
}
