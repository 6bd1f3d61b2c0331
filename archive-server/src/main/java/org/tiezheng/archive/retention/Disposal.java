package org.tiezheng.archive.retention;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;

/**
 * A disposal (销毁): a list, who decided it, and what became of it.
 *
 * @param list canonical JSON; what was approved is exactly this
 * @param listSha256 its digest, 64 lower-case hex digits
 * @param supervisors the two persons who oversee it (监销人), by name
 * @param supervisorIds their accounts in the same order, empty text for a person without one; empty for a list from before accounts
 *     were written down
 * @param startedAt the first object was about to go: no way back since
 * @param certificate canonical JSON; kept in the store as an object of its own
 * @param waits why it does not go on now
 */
public record Disposal(
        UUID id,
        long number,
        State state,
        String list,
        String listSha256,
        String opinion,
        String method,
        List<String> supervisors,
        List<String> supervisorIds,
        String proposedByName,
        Instant proposedAt,
        UUID approvalId,
        @Nullable String approvedByName,
        @Nullable Instant approvedAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable String endedByName,
        @Nullable String endReason,
        @Nullable String certificate,
        @Nullable String certificateSha256,
        @Nullable String waits) {
    /** Where it stands; names are keys of texts, {@code retention.disposal.<name>}. */
    public enum State {
        PROPOSED,
        /** Begins as soon as no lock is left; can be cancelled until then. */
        APPROVED,
        /** Objects are being deleted. */
        RUNNING,
        DONE,
        REFUSED,
        CANCELLED
    }

    public Disposal {
        supervisors = List.copyOf(supervisors);
        supervisorIds = List.copyOf(supervisorIds);
    }

    /** Whether {@code actor} is one of them. */
    boolean isSupervisedBy(Actor actor) {
        for (int i = 0; i < supervisors.size(); i++) {
            String id = supervisorIds.isEmpty() ? "" : supervisorIds.get(i);
            if (new Supervisors.Supervisor(id, supervisors.get(i)).isSame(actor)) {
                return true;
            }
        }
        return false;
    }

    public boolean cancellable() {
        return startedAt == null && (state == State.PROPOSED || state == State.APPROVED);
    }

    /**
     * One piece of evidence of a list.
     *
     * @param why why it was left out
     */
    public record Item(
            int position,
            UUID evidenceId,
            long number,
            @Nullable String title,
            ItemState state,
            @Nullable String why,
            long objects,
            long deleted,
            Instant changedAt) {}

    /** Where an item stands; names are keys of texts, {@code retention.item.<name>}. */
    public enum ItemState {
        PENDING,
        DELETING,
        DELETED,
        /** It became forbidden before its first object went. */
        LEFT_OUT,
        CANCELLED
    }
}
