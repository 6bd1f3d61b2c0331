package org.tiezheng.archive.fixity;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One damage with what belongs to it.
 *
 * @param packages that name the object; for an object that very many share, the first few
 * @param morePackages whether there are others
 * @param copies the copies of the object and their last check
 * @param repairs the oldest first
 */
public record DamageView(
        Damage damage, List<UUID> packages, boolean morePackages, List<CopyLine> copies, List<Repair> repairs) {
    /** The last check of a copy. */
    public record CopyLine(
            String store,
            @Nullable String versionId,
            @Nullable FixityOutcome outcome,
            @Nullable Instant checkedAt) {}

    public DamageView {
        packages = List.copyOf(packages);
        copies = List.copyOf(copies);
        repairs = List.copyOf(repairs);
    }

    /** Whether a repair waits for a decision or for the server. */
    public boolean isUnderRepair() {
        return repairs.stream()
                .anyMatch(repair -> repair.state() == Repair.State.PROPOSED || repair.state() == Repair.State.APPROVED);
    }
}
