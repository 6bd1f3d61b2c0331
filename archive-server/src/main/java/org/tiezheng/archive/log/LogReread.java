package org.tiezheng.archive.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.evidence.log.Tile;

/**
 * Reads the entries of the log again, in turns for ever, and compares those in the database with what was published of them: a row
 * that somebody changed behind the server's back is noticed here and not decades later. The log stops then.
 *
 * <p>What was found is kept, and looked at again first after a start: a restart does not make it forgotten. Several servers share
 * the turns; each stops its own log. Safe for use by many threads.
 */
final class LogReread {
    /** 2,048 entries a turn: a million in eight hours. */
    private static final int BUNDLES = 8;

    private static final Duration EVERY = Duration.ofMinutes(1);

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final TransparencyLog log;
    private final AuditLog audit;
    private final Clock clock;
    private volatile @Nullable Instant last;

    LogReread(JdbcClient jdbc, TransactionTemplate transactions, TransparencyLog log, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.log = log;
        this.audit = audit;
        this.clock = clock;
    }

    private record Row(long next, @Nullable String finding) {}

    /** A turn, if the last one of this server was a minute ago. */
    void turnIfDue() {
        Instant now = clock.instant();
        Instant before = last;
        if (before == null || !now.isBefore(before.plus(EVERY))) {
            turn();
            last = now;
        }
    }

    /**
     * A turn. Does nothing if another server is at it.
     *
     * @throws LogDamagedException if an entry is not the one that was published; the log stands still from here
     * @throws UncheckedIOException if a file of the log cannot be read: nothing was compared
     */
    void turn() {
        Optional<String> wrong = transactions.execute(status -> {
            Optional<Row> row = jdbc.sql("select next, finding from log_reread for update skip locked")
                    .query((result, number) -> new Row(result.getLong(1), result.getString(2)))
                    .optional();
            return row.isEmpty() ? Optional.<String>empty() : compare(row.get());
        });
        if (wrong != null && wrong.isPresent()) {
            // If we die before this, the finding is there, and the next start looks at it first.
            log.damaged(wrong.get());
            throw new LogDamagedException(wrong.get());
        }
    }

    private Optional<String> compare(Row row) {
        Optional<String> wrong;
        try {
            wrong = log.reread(row.next(), BUNDLES);
        } catch (IOException e) {
            throw new UncheckedIOException("reading the log's files again", e);
        }
        if (wrong.isPresent()) {
            if (!wrong.get().equals(row.finding())) {
                jdbc.sql("update log_reread set finding = :why, found_at = :now")
                        .param("why", wrong.get())
                        .param("now", now())
                        .update();
                event(AuditEvent.Result.FAILED, wrong.get());
            }
            return wrong;
        }
        if (row.finding() != null) {
            jdbc.sql("update log_reread set finding = null, found_at = null").update();
            event(AuditEvent.Result.OK, "right again: " + row.finding());
        }
        long next = row.next() + (long) BUNDLES * Tile.WIDTH;
        boolean end = next >= log.state().signed();
        jdbc.sql("update log_reread set next = :next")
                .param("next", end ? 0 : next)
                .update();
        if (end) {
            jdbc.sql("update log_reread set rounds = rounds + 1, round_at = :now")
                    .param("now", now())
                    .update();
        }
        return Optional.empty();
    }

    private void event(AuditEvent.Result result, String what) {
        audit.append(new AuditEvent(
                Actor.system("server"), "log.reread", "log", log.key().name(), null, result, what, null));
    }

    private Timestamp now() {
        return Timestamp.from(clock.instant());
    }
}
