package org.tiezheng.archive.fixity;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.storage.VersionedStore;

/** The stores whose copies are checked, primary first, by their ids. */
public final class CheckedStores {
    /** Begins of keys that are listed one at a time, so that a listing of everything is never one long act. */
    static final int PREFIXES = 256;

    /** Stands in their place for everything that lies below none of them. */
    static final String OUTSIDE = "";

    private static final int BATCH = 10_000;

    private final Map<String, VersionedStore> stores = new LinkedHashMap<>();
    private final String primary;
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final Clock clock;

    /** @param stores primary first; none of them a mirrored one */
    public CheckedStores(
            List<? extends VersionedStore> stores, JdbcClient jdbc, TransactionTemplate transactions, Clock clock) {
        for (VersionedStore store : stores) {
            this.stores.put(store.describe().id(), store);
        }
        this.primary = stores.get(0).describe().id();
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.clock = clock;
    }

    String primary() {
        return primary;
    }

    Set<String> ids() {
        return stores.keySet();
    }

    Optional<VersionedStore> find(String id) {
        return Optional.ofNullable(stores.get(id));
    }

    /**
     * Writes the stores down and gives every object that has no copy there one, due at random in the coming period. What is archived from
     * the first step on gets its copies by the database. Repeating it after a crash adds what is missing.
     */
    void register() {
        transactions.executeWithoutResult(status -> {
            stores.keySet().forEach(this::register);
            int unused = jdbc.sql(
                            "update fixity_store set retired_at = :now where retired_at is null and not (id = any(:ids))")
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("ids", stores.keySet().toArray(new String[0]))
                    .update();
        });
        for (String id : stores.keySet()) {
            long after = 0;
            for (Optional<Long> last = enrol(id, after); last.isPresent(); last = enrol(id, after)) {
                after = last.get();
            }
        }
    }

    private void register(String id) {
        int added = jdbc.sql("""
                        insert into fixity_store (id, is_primary, added_at) values (:id, :primary, :now)
                        on conflict (id) do update set retired_at = null""")
                .param("id", id)
                .param("primary", id.equals(primary))
                .param("now", CopyTable.utc(clock.instant()))
                .update();
        for (int number = 0; number <= PREFIXES; number++) {
            int unused = jdbc.sql("""
                            insert into fixity_listing (store_id, prefix, due_at) values (:id, :prefix, :due)
                            on conflict do nothing""")
                    .param("id", id)
                    .param(
                            "prefix",
                            number == PREFIXES ? OUTSIDE : "sha256/" + String.format(Locale.ROOT, "%02x", number) + "/")
                    .param("due", CopyTable.utc(clock.instant().plusSeconds(number * 60L)))
                    .update();
        }
    }

    /** Objects with ids after {@code after}; the last id looked at, or empty if there are no more. */
    private Optional<Long> enrol(String id, long after) {
        Optional<Long> done = transactions.execute(status -> {
            Optional<Long> last = jdbc.sql(
                            "select max(id) from (select id from fixity_object where id > :after order by id"
                                    + " limit " + BATCH + ") as part")
                    .param("after", after)
                    .query((row, number) -> Optional.ofNullable(row.getObject(1, Long.class)))
                    .single();
            if (last.isEmpty()) {
                return last;
            }
            int unused = jdbc.sql("""
                            insert into fixity_copy (object_id, store_id, version_id, due_at)
                            select o.id, :store, case when :primary then o.version_id
                                else custodian_version_of(:store, o.key) end,
                                :now + random() * p.period
                            from fixity_object o cross join fixity_pace p where o.id > :after and o.id <= :last
                                and not exists (select 1 from fixity_copy c where c.object_id = o.id and c.store_id = :store)
                            on conflict do nothing""")
                    .param("store", id)
                    .param("primary", id.equals(primary))
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("after", after)
                    .param("last", last.get())
                    .update();
            return last;
        });
        return done == null ? Optional.empty() : done;
    }
}
