package org.tiezheng.archive.fixity;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.database.Counted;
import org.tiezheng.archive.web.Format;

/**
 * Figures of fixity checks, for board, report and health. Reads only. What needs a look at every copy is {@link Counted}; safe for use by
 * many threads.
 */
public final class FixityFigures {
    /** The most days of a calendar. */
    public static final int MOST_DAYS = 366;

    private final JdbcClient jdbc;
    private final Clock clock;
    private final Counted<Now> now;
    private final Counted<List<Day>> calendar;

    /**
     * The copies in one store.
     *
     * @param copies that are to be checked
     * @param checked of those, within the period; a copy that is younger than the period may not have had its turn
     * @param neverChecked not once
     * @param good whose last check, whenever that was, found nothing wrong
     * @param bad whose last check found the bytes bad
     * @param remarked whose last check found the bytes good and something else wrong
     * @param overdue due for longer than a day
     * @param lastCheckedAt the last check of any; null: none yet
     * @param oldestCheckedAt the copy that was not checked for longest, of those that ever were; null: none
     */
    public record StoreFigures(
            String store,
            long copies,
            long bytes,
            long checked,
            long neverChecked,
            long good,
            long bad,
            long remarked,
            long overdue,
            @Nullable Instant lastCheckedAt,
            @Nullable Instant oldestCheckedAt) {}

    /**
     * How it stands.
     *
     * @param at when this was counted
     * @param packages whose rows in the catalogue are compared
     * @param packagesCompared of those, within the period
     * @param packagesDiffering whose last comparison found a difference
     * @param openDamages things found wrong and not yet closed
     * @param withoutGoodCopy of those, objects of which no good copy is known
     * @param repairsToApprove proposals nobody has decided
     * @param extras versions and delete markers in the stores that the catalogue does not know and nobody has looked at
     */
    public record Now(
            Instant at,
            Duration period,
            boolean paused,
            List<StoreFigures> stores,
            long packages,
            long packagesCompared,
            long packagesDiffering,
            long openDamages,
            long withoutGoodCopy,
            long repairsToApprove,
            long extras) {
        public Now {
            stores = List.copyOf(stores);
        }

        public long copies() {
            return stores.stream().mapToLong(StoreFigures::copies).sum();
        }

        /** Within the period. */
        public long checked() {
            return stores.stream().mapToLong(StoreFigures::checked).sum();
        }
    }

    /** Checks on some days that ended with one outcome. */
    public record Done(String store, boolean scheduled, FixityOutcome outcome, long copies, long bytes) {}

    /** What is due on one day in Beijing; what is overdue counts to the first. */
    public record Day(LocalDate day, long copies, long bytes) {}

    /** A repair that was done, or is on its way. */
    public record RepairLine(
            UUID damage,
            String state,
            String proposedByName,
            Instant proposedAt,
            String reason,
            @Nullable String decidedByName,
            @Nullable Instant decidedAt,
            @Nullable String decisionReason,
            @Nullable String newVersionId,
            @Nullable Instant doneAt) {}

    public FixityFigures(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.now = new Counted<>("fixity-figures", () -> count(clock.instant()), Now::copies, clock);
        this.calendar = new Counted<>(
                "fixity-calendar",
                () -> countDays(clock.instant()),
                days -> days.stream().mapToLong(Day::copies).sum(),
                clock);
    }

    /** How it stands, or stood at {@link Now#at}. */
    public Now now() {
        return now.get();
    }

    /** As {@link #now}, counted anew. */
    public Now recount() {
        return now.anew();
    }

    private Now count(Instant at) {
        return jdbc.sql("""
                        select extract(epoch from period)::bigint as period, paused_at is not null as paused,
                            (select count(*) from fixity_package) as packages,
                            (select count(*) from fixity_package where checked_at > :at::timestamptz - p.period) as compared,
                            (select count(*) from fixity_package where outcome = 'DIFFERS') as differing,
                            (select count(*) from fixity_damage where state = 'OPEN') as damages,
                            (select count(*) from fixity_damage where state = 'OPEN' and kind = 'COPY' and outcome <> 'GOOD'
                                and good_store is null) as lost,
                            (select count(*) from fixity_repair where state = 'PROPOSED') as repairs,
                            (select count(*) from fixity_extra where acknowledged_at is null and gone_at is null) as extras
                        from fixity_pace p""")
                .param("at", CopyTable.utc(at))
                .query((row, number) -> {
                    Duration period = Duration.ofSeconds(row.getLong("period"));
                    return new Now(
                            at,
                            period,
                            row.getBoolean("paused"),
                            stores(at, period),
                            row.getLong("packages"),
                            row.getLong("compared"),
                            row.getLong("differing"),
                            row.getLong("damages"),
                            row.getLong("lost"),
                            row.getLong("repairs"),
                            row.getLong("extras"));
                })
                .single();
    }

    private List<StoreFigures> stores(Instant at, Duration period) {
        return jdbc.sql("""
                        select s.id, count(c.object_id) as copies, coalesce(sum(o.size_bytes), 0)::bigint as bytes,
                            count(*) filter (where c.checked_at > :since) as checked,
                            count(*) filter (where c.object_id is not null and c.checked_at is null) as never,
                            count(*) filter (where c.outcome = 'GOOD' and c.remarks = '{}') as good,
                            count(*) filter (where c.outcome in ('CHANGED', 'TRUNCATED', 'SWAPPED', 'MISSING', 'UNREADABLE')) as bad,
                            count(*) filter (where c.outcome = 'GOOD' and c.remarks <> '{}') as remarked,
                            count(*) filter (where c.due_at < :overdue) as overdue,
                            max(c.checked_at) as last, min(c.checked_at) as oldest
                        from fixity_store s left join fixity_copy c on c.store_id = s.id left join fixity_object o on o.id = c.object_id
                        where s.retired_at is null group by s.id, s.is_primary order by s.is_primary desc, s.id""")
                .param("since", CopyTable.utc(at.minus(period)))
                .param("overdue", CopyTable.utc(at.minus(Duration.ofDays(1))))
                .query((row, number) -> new StoreFigures(
                        row.getString("id"),
                        row.getLong("copies"),
                        row.getLong("bytes"),
                        row.getLong("checked"),
                        row.getLong("never"),
                        row.getLong("good"),
                        row.getLong("bad"),
                        row.getLong("remarked"),
                        row.getLong("overdue"),
                        Damages.timeIfAny(row, "last"),
                        Damages.timeIfAny(row, "oldest")))
                .list();
    }

    /** What is due on each of the coming days, today first. @param days 1 to {@link #MOST_DAYS} */
    public List<Day> calendar(int days) {
        return calendar.get().subList(0, days);
    }

    private List<Day> countDays(Instant at) {
        LocalDate today = at.atZone(Format.BEIJING).toLocalDate();
        Map<LocalDate, Day> found = new HashMap<>();
        jdbc.sql("""
                        select greatest((c.due_at at time zone 'Asia/Shanghai')::date, :today) as day, count(*) as copies,
                            sum(o.size_bytes)::bigint as bytes
                        from fixity_copy c join fixity_store s on s.id = c.store_id and s.retired_at is null
                            join fixity_object o on o.id = c.object_id
                        where c.due_at < :end group by 1""")
                .param("today", today)
                .param(
                        "end",
                        CopyTable.utc(today.plusDays(MOST_DAYS)
                                .atStartOfDay(Format.BEIJING)
                                .toInstant()))
                .query((row, number) ->
                        new Day(row.getObject("day", LocalDate.class), row.getLong("copies"), row.getLong("bytes")))
                .list()
                .forEach(day -> found.put(day.day(), day));
        List<Day> all = new ArrayList<>();
        for (int number = 0; number < MOST_DAYS; number++) {
            LocalDate day = today.plusDays(number);
            all.add(found.getOrDefault(day, new Day(day, 0, 0)));
        }
        return List.copyOf(all);
    }

    /** What was checked on the days from {@code from} to {@code to}, both included, in Beijing; by store, origin and outcome. */
    public List<Done> done(LocalDate from, LocalDate to) {
        return jdbc.sql("""
                        select store_id, origin, outcome, sum(objects)::bigint as objects, sum(bytes)::bigint as bytes
                        from fixity_day where day >= :from and day <= :to group by 1, 2, 3 order by 1, 2 desc, 3""")
                .param("from", from)
                .param("to", to)
                .query((row, number) -> new Done(
                        row.getString("store_id"),
                        row.getString("origin").equals("SCHEDULE"),
                        FixityOutcome.valueOf(row.getString("outcome")),
                        row.getLong("objects"),
                        row.getLong("bytes")))
                .list();
    }

    /** What was found wrong in a time, whether it is closed or not, the oldest first. */
    public List<Damage> damages(Instant from, Instant to, int most) {
        return new Damages(jdbc, new org.tiezheng.archive.audit.AuditLog(jdbc, clock), clock)
                .foundBetween(from, to, most);
    }

    /** Repairs of a damage, the oldest first. */
    public List<RepairLine> repairs(UUID damage) {
        return jdbc.sql("""
                        select damage_id, state, proposed_by_name, proposed_at, reason, decided_by_name, decided_at, decision_reason,
                            new_version_id, done_at from fixity_repair where damage_id = :damage order by proposed_at""")
                .param("damage", damage)
                .query(FixityFigures::repair)
                .list();
    }

    private static RepairLine repair(ResultSet row, int number) throws SQLException {
        return new RepairLine(
                row.getObject("damage_id", UUID.class),
                row.getString("state"),
                row.getString("proposed_by_name"),
                Damages.time(row, "proposed_at"),
                row.getString("reason"),
                row.getString("decided_by_name"),
                Damages.timeIfAny(row, "decided_at"),
                row.getString("decision_reason"),
                row.getString("new_version_id"),
                Damages.timeIfAny(row, "done_at"));
    }

    /**
     * The copies of one package, in a line.
     *
     * @param copies of all its objects in all stores
     * @param checked of those, ever
     * @param good whose last check found nothing wrong
     * @param oldestCheckedAt the copy that was not checked for longest; null if one never was
     */
    public record PackageLine(
            long copies,
            long checked,
            long good,
            long bad,
            @Nullable Instant oldestCheckedAt) {
        /** Whether every copy has been checked and was good. */
        public boolean isAllGood() {
            return copies > 0 && good == copies;
        }
    }

    /** Open damages of one package that its page names: those without a good copy first, at most three. */
    public List<Damage> openOf(UUID evidenceId) {
        return Damages.openOf(jdbc, evidenceId).stream()
                .sorted(Comparator.comparing(Damage::isEvidenceSafe))
                .limit(3)
                .toList();
    }

    /** For the page of one package. */
    public PackageLine ofPackage(UUID evidenceId) {
        return jdbc.sql("""
                        select count(*) as copies, count(c.checked_at) as checked,
                            count(*) filter (where c.outcome = 'GOOD' and c.remarks = '{}') as good,
                            count(*) filter (where c.outcome not in ('GOOD', 'AWAITED') or c.remarks <> '{}') as bad,
                            case when count(*) = count(c.checked_at) then min(c.checked_at) end as oldest
                        from (select distinct p.id from evidence_object m
                                join fixity_object p on p.key = m.key and p.version_id = m.version_id where m.evidence_id = :id) as o
                            join fixity_copy c on c.object_id = o.id
                            join fixity_store s on s.id = c.store_id and s.retired_at is null""")
                .param("id", evidenceId)
                .query((row, number) -> new PackageLine(
                        row.getLong("copies"),
                        row.getLong("checked"),
                        row.getLong("good"),
                        row.getLong("bad"),
                        Damages.timeIfAny(row, "oldest")))
                .single();
    }
}
