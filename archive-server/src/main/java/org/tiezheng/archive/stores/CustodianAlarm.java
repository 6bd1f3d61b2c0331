package org.tiezheng.archive.stores;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.storage.MirroredStore;

/**
 * Writes into the audit log that copies wait for the custodian longer than allowed, once per episode, and that they no longer do. An
 * episode outlasts restarts: what was written last decides. Each server has a queue of its own, and so an alarm of its own.
 */
final class CustodianAlarm {
    static final String BEGINS = "custodian.alarm";
    static final String ENDS = "custodian.caught-up";
    private static final Logger LOG = LoggerFactory.getLogger(CustodianAlarm.class);
    private static final Set<String> ACTIONS = Set.of(BEGINS, ENDS);

    private final AuditLog audit;
    private final TransactionTemplate transactions;
    private final Duration alarmAfter;
    private final Clock clock;
    private final String node;

    /** @param node this server, among those on the database */
    CustodianAlarm(AuditLog audit, TransactionTemplate transactions, Duration alarmAfter, Clock clock, String node) {
        this.audit = audit;
        this.transactions = transactions;
        this.alarmAfter = alarmAfter;
        this.clock = clock;
        this.node = node;
    }

    /** Called again and again, by one thread. */
    void look(MirroredStore.Status status) {
        Duration age = status.age(clock.instant());
        boolean late = age.compareTo(alarmAfter) > 0;
        if (late == isAlarmed()) {
            return;
        }
        String said = late
                ? status.waiting() + " copies wait, the oldest since "
                        + status.oldest().orElseThrow() + ": " + status.lastFailure()
                : "no copy waits longer than " + alarmAfter;
        LOG.warn("custodian: {}", said);
        transactions.executeWithoutResult(transaction -> audit.append(new AuditEvent(
                Actor.system("stores"),
                late ? BEGINS : ENDS,
                "custodian",
                node,
                null,
                late ? AuditEvent.Result.FAILED : AuditEvent.Result.OK,
                said,
                null)));
    }

    private boolean isAlarmed() {
        List<AuditEntry> ours = audit.ofObject("custodian", node).stream()
                .filter(entry -> ACTIONS.contains(entry.event().action()))
                .toList();
        return !ours.isEmpty()
                && Objects.equals(ours.get(ours.size() - 1).event().action(), BEGINS);
    }
}
