package org.tiezheng.archive.stores;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.WormReport;

/**
 * Whether evidence may go into the primary store, and what must be said about it.
 *
 * <p>A store that claims a lock must have proved it: until its first self-test, and after one that found a hole, nothing is
 * stored there unless a system administrator overrides that with a reason, which {@link Decision} carries to every page and
 * report. A folder claims nothing and is let in, with the label that it is not WORM.
 */
public final class StoreGate {
    private final Stores stores;
    private final WormTests tests;
    private final JdbcClient db;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    /** What the store is worth. The names are part of the REST interface and keys of texts, {@code stores.standing.<name>}. */
    public enum Standing {
        /** The last self-test found every lock real. */
        PROVED,
        /** A folder: tamper-evident, not WORM. */
        FOLDER,
        /** The self-test saw a locked object go, or change. */
        NOT_WORM,
        /** Claims a lock that no self-test has been able to try yet. */
        NOT_PROVED
    }

    /** Why evidence goes into a store all the same. */
    public record Waiver(Instant at, String actorName, String reason) {}

    /**
     * What holds now.
     *
     * @param open whether evidence may be stored
     * @param testedAt when the standing was found out
     * @param override what opened the gate, where the store itself does not
     */
    public record Decision(
            boolean open,
            Standing standing,
            @Nullable Instant testedAt,
            @Nullable Waiver override) {
        /** {@code stores.standing.<this>}: the key of the text to print beside evidence. */
        public String labelKey() {
            return "stores.standing." + standing;
        }
    }

    public StoreGate(
            Stores stores,
            WormTests tests,
            JdbcClient db,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock) {
        this.stores = stores;
        this.tests = tests;
        this.db = db;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** What holds for the primary store now. Two small queries. */
    public Decision decide() {
        StoreDescription store = stores.primary().description();
        Optional<WormTests.Kept> last = tests.lastDecided(store);
        Standing standing = standing(store, last);
        Instant testedAt = last.map(kept -> kept.report().at()).orElse(null);
        if (standing == Standing.FOLDER || standing == Standing.PROVED) {
            return new Decision(true, standing, testedAt, null);
        }
        Waiver override = waiver(store).orElse(null);
        return new Decision(override != null, standing, testedAt, override);
    }

    /** What a store is worth, the custodian's too. */
    public Standing standing(StoreDescription store) {
        return standing(store, tests.lastDecided(store));
    }

    private static Standing standing(StoreDescription store, Optional<WormTests.Kept> last) {
        if (!store.kind().claimsLock()) {
            return Standing.FOLDER;
        }
        return last.map(kept ->
                        kept.report().verdict() == WormReport.Verdict.WORM ? Standing.PROVED : Standing.NOT_WORM)
                .orElse(Standing.NOT_PROVED);
    }

    /** @throws StoreClosedException if evidence may not be stored now; try again later */
    public void requireOpen() throws StoreClosedException {
        Decision decision = decide();
        if (!decision.open()) {
            throw new StoreClosedException(stores.primary().description().id(), decision.standing());
        }
    }

    private Optional<Waiver> waiver(StoreDescription store) {
        return db.sql("""
                select at, actor_name, reason from store_override
                where store_id = :store and location = :location and withdrawn_at is null""")
                .param("store", store.id())
                .param("location", store.location())
                .query(StoreGate::waiver)
                .optional();
    }

    private static Waiver waiver(ResultSet row, int number) throws SQLException {
        return new Waiver(
                row.getObject("at", OffsetDateTime.class).toInstant(),
                row.getString("actor_name"),
                row.getString("reason"));
    }

    /** The override under which something was stored at {@code then}; to be printed wherever that is shown or reported. */
    public Optional<Waiver> overrideAt(Instant then) {
        StoreDescription store = stores.primary().description();
        return db.sql("""
                select at, actor_name, reason from store_override
                where store_id = :store and at <= :then and (withdrawn_at is null or withdrawn_at > :then)
                order by number desc limit 1""")
                .param("store", store.id())
                .param("then", then.atOffset(ZoneOffset.UTC))
                .query(StoreGate::waiver)
                .optional();
    }

    /**
     * Lets evidence in although the store is not proved.
     *
     * @param reason at least 10 characters; printed wherever the evidence is
     * @return false if there is such an override already, or the store needs none
     */
    public boolean override(String reason, Actor actor) {
        StoreDescription store = stores.primary().description();
        if (decide().open()) {
            return false;
        }
        return Boolean.TRUE.equals(transactions.execute(status -> {
            int added = db.sql("""
                    insert into store_override (store_id, location, at, actor_id, actor_name, reason)
                    values (:store, :location, :at, :actor, :name, :reason)
                    on conflict do nothing""")
                    .param("store", store.id())
                    .param("location", store.location())
                    .param("at", clock.instant().atOffset(ZoneOffset.UTC))
                    .param("actor", actor.id())
                    .param("name", actor.name())
                    .param("reason", reason)
                    .update();
            if (added > 0) {
                audit.append(new AuditEvent(
                        actor, "store.override", "store", store.id(), null, AuditEvent.Result.OK, reason, null));
            }
            return added > 0;
        }));
    }

    /** Withdraws the override; what was stored under it stays. False if there is none. */
    public boolean withdraw(Actor actor) {
        StoreDescription store = stores.primary().description();
        return Boolean.TRUE.equals(transactions.execute(status -> {
            int withdrawn = db.sql("""
                    update store_override set withdrawn_at = :at, withdrawn_by = :actor
                    where store_id = :store and location = :location and withdrawn_at is null""")
                    .param("at", clock.instant().atOffset(ZoneOffset.UTC))
                    .param("actor", actor.id())
                    .param("store", store.id())
                    .param("location", store.location())
                    .update();
            if (withdrawn > 0) {
                audit.append(AuditEvent.ok(actor, "store.override-withdrawn", "store", store.id()));
            }
            return withdrawn > 0;
        }));
    }
}
