package org.tiezheng.archive.register;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.register.RegisterHead;

/** Who asked for which register, and how far it is. Safe for use by many threads and servers. */
public final class Registers {
    /** A server that says nothing for so long has died. */
    static final Duration LEASE = Duration.ofMinutes(10);

    static final Actor SERVER = Actor.system("register");
    private static final int MOST_OPEN = 5;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    Registers(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** Asks for one; ask for it again until it is DONE, FAILED or CANCELLED. @throws Problem if too many wait already */
    public Register order(Actor actor) {
        UUID id = UUID.randomUUID();
        transactions.executeWithoutResult(status -> {
            if (open() >= MOST_OPEN) {
                throw Problem.of(HttpStatus.CONFLICT, "register.too-many", MOST_OPEN);
            }
            insert(id, actor);
            audit.append(AuditEvent.ok(actor, "register.order", "register", id.toString()));
        });
        return get(id);
    }

    /** The daily one, unless one is on its way. */
    void daily() {
        transactions.executeWithoutResult(status -> {
            if (open() == 0) {
                insert(UUID.randomUUID(), SERVER);
            }
        });
    }

    private int open() {
        return jdbc.sql("select count(*) from register where state in ('WAITING', 'RUNNING')")
                .query(Integer.class)
                .single();
    }

    private void insert(UUID id, Actor actor) {
        int unused = jdbc.sql("""
                        insert into register (id, state, requested_by, requested_by_name, requested_at)
                        values (:id, 'WAITING', :by, :name, :at)""")
                .param("id", id)
                .param("by", actor.id())
                .param("name", actor.name())
                .param("at", utc(clock.instant()))
                .update();
    }

    /** Newest first; {@code before} is the number of the last one of the page before, {@link Long#MAX_VALUE} to begin. */
    public List<Register> list(long before, int most) {
        return jdbc.sql("select * from register where number < :before order by number desc limit :most")
                .param("before", before)
                .param("most", most)
                .query(Registers::read)
                .list();
    }

    public Optional<Register> find(UUID id) {
        return jdbc.sql("select * from register where id = :id")
                .param("id", id)
                .query(Registers::read)
                .optional();
    }

    /** @throws Problem 404 if there is no such register */
    public Register get(UUID id) {
        return find(id).orElseThrow(() -> Problem.notFound("register " + id));
    }

    /** @throws Problem if there is no such register, or it has ended */
    public void cancel(UUID id, Actor actor) {
        transactions.executeWithoutResult(status -> {
            Register register = get(id);
            int changed = jdbc.sql("""
                            update register set state = 'CANCELLED', worker = null, lease_until = null, finished_at = :at
                            where id = :id and state in ('WAITING', 'RUNNING')""")
                    .param("id", id)
                    .param("at", utc(clock.instant()))
                    .update();
            if (changed == 0) {
                throw Problem.of(HttpStatus.CONFLICT, "register.ended", register.number());
            }
            audit.append(AuditEvent.ok(actor, "register.cancel", "register", id.toString()));
        });
    }

    /** Writes down that somebody took it. */
    void downloaded(Register register, Actor actor) {
        transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                actor,
                "register.download",
                "register",
                register.id().toString(),
                register.sha256(),
                AuditEvent.Result.OK,
                null,
                null)));
    }

    // ---- for whoever makes them --------------------------------------------------------------------------------

    /**
     * Takes the one that waits longest, or one whose server has died, for this server.
     *
     * @param attempts of one at most; what fails so often fails for good
     */
    Optional<Register> claim(UUID worker, int attempts) {
        Instant now = clock.instant();
        int unused =
                jdbc.sql("""
                        update register set state = 'FAILED', worker = null, lease_until = null, finished_at = :now,
                            failure = coalesce(failure, 'died')
                        where state = 'RUNNING' and lease_until < :now and attempts >= :attempts""").param("now", utc(now)).param("attempts", attempts).update();
        return jdbc.sql("""
                        update register set state = 'RUNNING', worker = :worker, lease_until = :until, attempts = attempts + 1,
                            rows_done = 0
                        where id = (select id from register
                            where (state = 'WAITING' and (lease_until is null or lease_until < :now))
                                or (state = 'RUNNING' and lease_until < :now)
                            order by number limit 1 for update skip locked)
                        returning *""")
                .param("worker", worker)
                .param("now", utc(now))
                .param("until", utc(now.plus(LEASE)))
                .query(Registers::read)
                .optional();
    }

    /** False if it is not this server's any more. */
    boolean progress(UUID id, UUID worker, long done, long total) {
        return jdbc.sql("""
                        update register set rows_done = :done, rows_total = :total, lease_until = :until
                        where id = :id and worker = :worker and state = 'RUNNING'""")
                        .param("done", done)
                        .param("total", total)
                        .param("until", utc(clock.instant().plus(LEASE)))
                        .param("id", id)
                        .param("worker", worker)
                        .update()
                > 0;
    }

    /** Back to the queue until {@code retry} is over, or for good if it was tried often enough. */
    void failed(UUID id, UUID worker, String failure, Duration retry, int attempts) {
        Instant now = clock.instant();
        int unused = jdbc.sql("""
                        update register set worker = null, failure = :failure,
                            state = case when attempts >= :attempts then 'FAILED' else 'WAITING' end,
                            finished_at = case when attempts >= :attempts then :now::timestamptz end,
                            lease_until = case when attempts >= :attempts then null else :retry::timestamptz end
                        where id = :id and worker = :worker and state = 'RUNNING'""")
                .param("failure", failure)
                .param("attempts", attempts)
                .param("now", utc(now))
                .param("retry", utc(now.plus(retry)))
                .param("id", id)
                .param("worker", worker)
                .update();
    }

    /** In the caller's transaction. False if it is not this server's any more. */
    boolean done(UUID id, UUID worker, RegisterHead head, KeptObject object, long rows) {
        return jdbc.sql("""
                        update register set state = 'DONE', worker = null, lease_until = null, finished_at = :at, failure = null,
                            rows_done = :rows, rows_total = :rows, entries = :entries, events = :events, event_hash = :hash,
                            sha256 = :sha256, size_bytes = :size
                        where id = :id and worker = :worker and state = 'RUNNING'""")
                        .param("at", utc(clock.instant()))
                        .param("rows", rows)
                        .param("entries", head.entries())
                        .param("events", head.events())
                        .param("hash", head.eventHash())
                        .param("sha256", object.sha256())
                        .param("size", object.sizeBytes())
                        .param("id", id)
                        .param("worker", worker)
                        .update()
                > 0;
    }

    private static Register read(ResultSet row, int number) throws SQLException {
        return new Register(
                row.getObject("id", UUID.class),
                row.getLong("number"),
                Register.State.valueOf(row.getString("state")),
                row.getString("requested_by_name"),
                row.getObject("requested_at", OffsetDateTime.class).toInstant(),
                row.getLong("rows_done"),
                row.getLong("rows_total"),
                instant(row.getObject("finished_at", OffsetDateTime.class)),
                row.getString("failure"),
                row.getObject("entries", Long.class),
                row.getObject("events", Long.class),
                row.getString("sha256"),
                row.getObject("size_bytes", Long.class));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }

    private static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }
}
