package org.tiezheng.archive.audit;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Verifies the audit chain again and again, and writes down what came of it: every hour the rows that are new, every night all of
 * them, and all of them when somebody asks. Safe for use by many threads and servers; each check is one row of {@code audit_check}.
 *
 * <p>A check reads only; one that is cut off leaves nothing and is made again by the schedule.
 *
 * <p>What is in the chain is compared with what was known of it outside: the notes of this server, the heads that were time-stamped,
 * and the heads of earlier checks. Whoever can change all of these and the log can deceive it: compare with the heads that an
 * auditor took away ({@code verify-chain --head}).
 */
public final class ChainChecks {
    private static final Logger log = LoggerFactory.getLogger(ChainChecks.class);
    /** Asks for the checks that nobody asked for. */
    public static final Actor SCHEDULE = Actor.system("audit-check");

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MOST_FAILURE = 500;
    /** Checks whose heads are compared: half a year of hourly ones, so that a cut long ago is not only found by older notes. */
    private static final int EARLIER = 5000;

    private final JdbcClient jdbc;
    private final DataSource database;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final HeadNotes notes;
    private final Supplier<List<StampedHead>> stamped;
    private final String node;
    private final Clock clock;

    /**
     * A head that an authority stamped.
     *
     * @param good whether the token is over this head
     */
    public record StampedHead(ChainHead head, boolean good) {}

    /**
     * @param notes of this server
     * @param stamped reads the heads that were stamped
     * @param node names this server
     */
    public ChainChecks(
            DataSource database,
            TransactionTemplate transactions,
            AuditLog audit,
            HeadNotes notes,
            Supplier<List<StampedHead>> stamped,
            String node,
            Clock clock) {
        this.jdbc = JdbcClient.create(database);
        this.database = database;
        this.transactions = transactions;
        this.audit = audit;
        this.notes = notes;
        this.stamped = stamped;
        this.node = node;
        this.clock = clock;
    }

    /**
     * How the chain stands by the last check of each kind.
     *
     * @param full the last of the whole log; null if there was none
     * @param latest the last of either kind; null if there was none
     */
    public record Standing(
            @Nullable ChainCheck full, @Nullable ChainCheck latest) {
        /** Of the two, those that found something wrong. */
        public List<ChainCheck> broken() {
            return Stream.of(Optional.ofNullable(full), Optional.ofNullable(latest))
                    .flatMap(Optional::stream)
                    .distinct()
                    .filter(ChainCheck::isBroken)
                    .toList();
        }

        public boolean isBroken() {
            return !broken().isEmpty();
        }

        /** Verified, as far as the last checks read, and nothing wrong. */
        public boolean isIntact() {
            return full != null && full.isIntact() && latest != null && latest.isIntact();
        }
    }

    /** Two small queries. */
    public Standing standing() {
        return new Standing(last("where kind = 'FULL'").orElse(null), last("").orElse(null));
    }

    private Optional<ChainCheck> last(String where) {
        return jdbc.sql("select * from audit_check " + where + " order by id desc limit 1")
                .query(ChainChecks::check)
                .optional();
    }

    /** Newest first. @param most at most 100 */
    public List<ChainCheck> list(int most) {
        return jdbc.sql("select * from audit_check order by id desc limit :most")
                .param("most", Math.max(1, Math.min(most, 100)))
                .query(ChainChecks::check)
                .list();
    }

    /** Reads all rows; takes about as long as hashing them. */
    public ChainCheck full(Actor by) {
        return check(ChainCheck.Kind.FULL, ChainHead.EMPTY, by);
    }

    /** Reads the rows since the last intact check; all of them if there was none yet. */
    public ChainCheck newRows() {
        ChainHead known = verified();
        return known.seq() == 0 ? full(SCHEDULE) : check(ChainCheck.Kind.NEW, known, SCHEDULE);
    }

    /** Up to where the log was found intact, by the newest check that was. */
    private ChainHead verified() {
        return jdbc.sql("select head_seq, head_hash from audit_check where failure is null and breaks = '[]'"
                        + " order by id desc limit 1")
                .query((row, n) -> new ChainHead(row.getLong(1), row.getString(2)))
                .optional()
                .orElse(ChainHead.EMPTY);
    }

    private ChainCheck check(ChainCheck.Kind kind, ChainHead known, Actor by) {
        Instant begun = clock.instant();
        List<ChainHead> noted = new ArrayList<>();
        ChainReport report = null;
        String failure = null;
        try {
            List<StampedHead> tokens = stamped.get();
            noted.addAll(notes.heads());
            noted.addAll(earlier());
            tokens.stream().filter(StampedHead::good).map(StampedHead::head).forEach(noted::add);
            noted.removeIf(head -> head.seq() < known.seq() || head.seq() == 0);
            report = withTokens(new ChainVerifier(database).verify(known, noted), tokens);
        } catch (SQLException | IOException | RuntimeException e) {
            log.error("the audit chain could not be read to its end", e);
            String why = String.valueOf(e.getMessage());
            failure = why.length() > MOST_FAILURE ? why.substring(0, MOST_FAILURE) : why;
        }
        if (report != null && !report.isIntact()) {
            log.error("the audit chain is broken: {}", report.breaks());
        }
        return write(kind, known, by, begun, noted.size(), report, failure);
    }

    /** What intact checks read last: a log cut off since is found so. */
    private List<ChainHead> earlier() {
        return jdbc.sql("select head_seq, head_hash from audit_check where failure is null and breaks = '[]'"
                        + " order by id desc limit " + EARLIER)
                .query((row, n) -> new ChainHead(row.getLong(1), row.getString(2)))
                .list();
    }

    /** Adds the heads whose time-stamp is over something else. */
    private static ChainReport withTokens(ChainReport report, List<StampedHead> tokens) {
        List<ChainReport.Break> breaks = new ArrayList<>(report.breaks());
        for (StampedHead token : tokens) {
            if (!token.good()) {
                breaks.add(new ChainReport.Break(
                        token.head().seq(), ChainReport.Kind.REWRITTEN, "its time-stamp is over another hash"));
            }
        }
        boolean more = breaks.size() > ChainVerifier.MAX_BREAKS;
        return new ChainReport(
                report.rows(),
                report.head(),
                more ? breaks.subList(0, ChainVerifier.MAX_BREAKS) : breaks,
                more || report.truncated());
    }

    /** A crash before this leaves nothing: the check is made again. */
    private ChainCheck write(
            ChainCheck.Kind kind,
            ChainHead known,
            Actor by,
            Instant begun,
            int noted,
            @Nullable ChainReport report,
            @Nullable String failure) {
        Instant ended = clock.instant();
        ChainHead head = report == null ? ChainHead.EMPTY : report.head();
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("kind", kind.name());
        row.put("node", node);
        row.put("by", by.id());
        row.put("name", by.name());
        row.put("begun", begun.atOffset(ZoneOffset.UTC));
        row.put("ended", (ended.isBefore(begun) ? begun : ended).atOffset(ZoneOffset.UTC));
        row.put("from", Math.max(1, known.seq()));
        row.put("rows", report == null ? 0 : report.rows());
        row.put("seq", head.seq());
        row.put("hash", head.hash());
        row.put("noted", noted);
        row.put("breaks", JSON.writeValueAsString(report == null ? List.of() : report.breaks()));
        row.put("truncated", report != null && report.truncated());
        row.put("failure", failure);
        ChainCheck written = transactions.execute(status -> {
            ChainCheck check =
                    jdbc.sql("""
                            insert into audit_check (kind, node, asked_by, asked_name, begun_at, ended_at, from_seq, rows, head_seq,
                                head_hash, noted, breaks, truncated, failure)
                            values (:kind, :node, :by, :name, :begun, :ended, :from, :rows, :seq, :hash, :noted,
                                cast(:breaks as jsonb), :truncated, :failure)
                            returning *""").params(row).query(ChainChecks::check).single();
            if (!by.equals(SCHEDULE) || !check.isIntact()) {
                audit.append(new AuditEvent(
                        by,
                        "audit.check",
                        "audit",
                        check.from() + "-" + head.seq(),
                        check.report() == null ? null : head.hash(),
                        check.isIntact() ? AuditEvent.Result.OK : AuditEvent.Result.FAILED,
                        failure != null ? failure : check.isIntact() ? null : String.valueOf(first(check)),
                        null));
            }
            return check;
        });
        return Objects.requireNonNull(written);
    }

    private static ChainReport.@Nullable Break first(ChainCheck check) {
        return check.report() == null || check.report().breaks().isEmpty()
                ? null
                : check.report().breaks().get(0);
    }

    private static ChainCheck check(ResultSet row, int number) throws SQLException {
        String failure = row.getString("failure");
        List<ChainReport.Break> breaks =
                JSON.readValue(row.getString("breaks"), new TypeReference<List<ChainReport.Break>>() {});
        ChainReport report = failure != null
                ? null
                : new ChainReport(
                        row.getLong("rows"),
                        new ChainHead(row.getLong("head_seq"), row.getString("head_hash")),
                        breaks,
                        row.getBoolean("truncated"));
        return new ChainCheck(
                row.getLong("id"),
                ChainCheck.Kind.valueOf(row.getString("kind")),
                row.getString("node"),
                row.getString("asked_by"),
                row.getString("asked_name"),
                row.getObject("begun_at", OffsetDateTime.class).toInstant(),
                row.getObject("ended_at", OffsetDateTime.class).toInstant(),
                row.getLong("from_seq"),
                row.getInt("noted"),
                report,
                failure);
    }
}
