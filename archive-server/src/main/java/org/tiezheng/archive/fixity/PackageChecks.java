package org.tiezheng.archive.fixity;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** Compares packages whose turn it is, with {@link PackageCheck}, once in a period as copies are read. */
final class PackageChecks {
    private static final int BATCH = 20;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final PackageCheck check;
    private final Damages damages;
    private final Clock clock;
    private final String node;

    PackageChecks(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            PackageCheck check,
            Damages damages,
            Clock clock,
            String node) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.check = check;
        this.damages = damages;
        this.clock = clock;
        this.node = node;
    }

    /** Compares a batch; false if none is due. Dying in between leaves it claimed by a server that is no longer seen. */
    boolean turn(UUID worker) {
        List<UUID> claimed = jdbc.sql("""
                        with free as (select evidence_id from fixity_package where due_at <= :now and claimed_by is null
                            and not exists (select 1 from fixity_pace where paused_at is not null)
                            order by due_at limit :most for update skip locked)
                        update fixity_package p set claimed_by = :worker from free where p.evidence_id = free.evidence_id
                        returning p.evidence_id""")
                .param("now", CopyTable.utc(clock.instant()))
                .param("most", BATCH)
                .param("worker", worker)
                .query(UUID.class)
                .list();
        if (claimed.isEmpty()) {
            return false;
        }
        List<PackageCheck.Compared> compared = new ArrayList<>();
        for (UUID id : claimed) {
            compared.add(check.compare(id));
        }
        record(compared);
        return true;
    }

    /** Compares one package now, out of turn. */
    PackageCheck.Compared now(UUID id) {
        PackageCheck.Compared compared = check.compare(id);
        record(List.of(compared));
        return compared;
    }

    private void record(List<PackageCheck.Compared> batch) {
        Instant at = clock.instant();
        transactions.executeWithoutResult(status -> {
            for (PackageCheck.Compared compared : batch) {
                int added = jdbc.sql("""
                                insert into fixity_package_result (evidence_id, at, outcome, compared, differences, node)
                                values (:id, :at, :outcome, :compared, :differences, :node)""")
                        .param("id", compared.evidence())
                        .param("at", CopyTable.utc(at))
                        .param("outcome", compared.outcome().name())
                        .param(
                                "compared",
                                compared.compared().stream().map(Enum::name).toArray(String[]::new))
                        .param("differences", compared.differences().toArray(new String[0]))
                        .param("node", node)
                        .update();
                int updated = jdbc.sql("""
                                update fixity_package c set claimed_by = null, outcome = :outcome, checked_at = :at,
                                    due_at = case when due_at > :at then due_at else due_at + p.period
                                        * (1 + floor(extract(epoch from (:at - due_at)) / extract(epoch from p.period))) end
                                from fixity_pace p where c.evidence_id = :id""")
                        .param("outcome", compared.outcome().name())
                        .param("at", CopyTable.utc(at))
                        .param("id", compared.evidence())
                        .update();
            }
            for (PackageCheck.Compared compared : batch) {
                switch (compared.outcome()) {
                    case DIFFERS -> damages.differs(compared.evidence(), compared.differences(), at);
                    case SAME -> damages.same(compared.evidence(), at);
                    case UNKNOWN -> {
                        // Neither an alarm nor the end of one.
                    }
                }
            }
        });
    }
}
