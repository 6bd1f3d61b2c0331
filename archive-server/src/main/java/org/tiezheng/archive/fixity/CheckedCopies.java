package org.tiezheng.archive.fixity;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.catalogue.GoodCopies;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.storage.ObjectVersion;

/** Says by the latest checks which copies an export must not read, and which it may read in their place. */
final class CheckedCopies implements GoodCopies {
    private final CheckedStores stores;
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    CheckedCopies(
            CheckedStores stores, JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.stores = stores;
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * An object whose primary copy has an open damage.
     *
     * @param goodStore null if no copy is known to be good
     */
    private record Damaged(
            UUID damage,
            String member,
            ObjectVersion version,
            @Nullable String goodStore,
            @Nullable String goodVersion) {}

    /** Good is a copy that a check read whole after the damage was found, and of which no damage is open. */
    @Override
    public Map<ObjectVersion, Copy> instead(UUID evidenceId) {
        List<Damaged> all = jdbc.sql("""
                        select d.id, m.member, m.key, m.version_id, good.store_id as good_store, good.version_id as good_version
                        from evidence_object m
                            join fixity_object o on o.key = m.key and o.version_id = m.version_id
                            join fixity_damage d on d.object_id = o.id and d.store_id = :primary and d.kind = 'COPY'
                                and d.state = 'OPEN' and d.outcome <> 'GOOD'
                            left join lateral (select c.store_id, c.version_id from fixity_copy c
                                where c.object_id = o.id and c.store_id <> :primary and c.store_id = any(:stores)
                                    and c.outcome = 'GOOD' and c.version_id is not null and c.checked_at >= d.found_at
                                    and not exists (select 1 from fixity_damage x where x.object_id = o.id
                                        and x.store_id = c.store_id and x.kind = 'COPY' and x.state = 'OPEN'
                                        and x.outcome <> 'GOOD')
                                order by c.checked_at desc, c.store_id limit 1) good on true
                        where m.evidence_id = :evidence order by good.store_id is null desc, m.member""")
                .param("primary", stores.primary())
                .param("stores", stores.ids().toArray(new String[0]))
                .param("evidence", evidenceId)
                .query((row, number) -> new Damaged(
                        row.getObject("id", UUID.class),
                        row.getString("member"),
                        new ObjectVersion(row.getString("key"), row.getString("version_id")),
                        row.getString("good_store"),
                        row.getString("good_version")))
                .list();
        Map<ObjectVersion, Copy> instead = new HashMap<>();
        for (Damaged one : all) {
            if (one.goodStore == null || one.goodVersion == null) {
                throw Problem.of(HttpStatus.CONFLICT, "fixity.no-good-copy", one.member, one.damage.toString());
            }
            instead.put(
                    one.version,
                    new Copy(
                            stores.find(one.goodStore).orElseThrow(),
                            new ObjectVersion(one.version.key(), one.goodVersion)));
        }
        return instead;
    }

    /** Every copy of the object is due now. */
    @Override
    public void differs(UUID evidenceId, EvidenceObject object) {
        transactions.executeWithoutResult(status -> {
            int unused = jdbc.sql("""
                            update fixity_copy set due_at = least(due_at, :now) where object_id =
                                (select id from fixity_object where key = :key and version_id = :version)""")
                    .param("now", CopyTable.utc(clock.instant()))
                    .param("key", object.version().key())
                    .param("version", object.version().versionId())
                    .update();
            audit.append(new AuditEvent(
                    Damages.SERVER,
                    "fixity.check-again",
                    "evidence",
                    evidenceId.toString(),
                    object.sha256(),
                    AuditEvent.Result.OK,
                    "export broken off: " + object.member() + " was not read as it was archived",
                    null));
        });
    }
}
