package org.tiezheng.archive.fixity;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.storage.VersionedStore;

/**
 * Checks copies and writes down what was found. Nothing is written between the two, so dying while reading costs the reading; the copies
 * are claimed by a server that is no longer seen, and another one reads them.
 */
final class Checks {
    private final CopyTable copies;
    private final Damages damages;
    private final CheckedStores stores;
    private final CopyCheck check;
    private final TransactionTemplate transactions;
    private final FixityMeters meters;
    private final String node;

    /** How long the custodian may be without a copy before it is missing there. */
    static final Duration COPIED_WITHIN = Duration.ofHours(24);

    Checks(
            CopyTable copies,
            Damages damages,
            CheckedStores stores,
            CopyCheck check,
            TransactionTemplate transactions,
            FixityMeters meters,
            String node) {
        this.copies = copies;
        this.damages = damages;
        this.stores = stores;
        this.check = check;
        this.transactions = transactions;
        this.meters = meters;
        this.node = node;
    }

    /** Reads one copy; nothing is written. */
    Checked check(Copy copy) throws InterruptedException {
        VersionedStore store =
                stores.find(copy.storeId()).orElseThrow(() -> new IllegalStateException("no store " + copy.storeId()));
        return check.check(store, copy);
    }

    /** A check, and where it found the bytes bad, the first other store whose copy was read and is good. */
    private record Judged(Checked checked, @Nullable Checked good) {}

    /**
     * Writes checks down, in one transaction: results, when the copies are due next, figures, alarms. Before that, for each bad copy, the
     * other copies of the object are read, to say whether the evidence is safe.
     */
    void record(List<Checked> batch) throws InterruptedException {
        List<Judged> judged = new ArrayList<>();
        for (Checked checked : batch) {
            if (checked.isAlarming() && copies.isBeingDisposed(checked.copy())) {
                copies.postpone(checked);
                continue;
            }
            judged.add(new Judged(
                    checked,
                    checked.outcome().isBad() ? goodCopy(checked.copy()).orElse(null) : null));
        }
        transactions.executeWithoutResult(status -> {
            List<Checked> all = new ArrayList<>();
            for (Judged one : judged) {
                long unused = copies.record(one.checked, node);
                all.add(one.checked);
                if (one.good != null) {
                    long too = copies.record(one.good, node);
                    all.add(one.good);
                }
            }
            copies.count(all);
            // Audit events last: from the first of them on no other transaction can add one.
            for (Judged one : judged) {
                if (one.checked.isAlarming()) {
                    damages.found(
                            one.checked,
                            one.good == null ? null : one.good.copy().storeId());
                } else if (one.checked.outcome() == FixityOutcome.GOOD) {
                    damages.good(one.checked);
                }
            }
        });
        for (Judged one : judged) {
            meters.checked(one.checked);
            if (one.good != null) {
                meters.checked(one.good);
            }
        }
    }

    /** A copy of the same object in another store, read just now and good. */
    Optional<Checked> goodCopy(Copy bad) throws InterruptedException {
        for (String store : stores.ids()) {
            if (store.equals(bad.storeId())) {
                continue;
            }
            Optional<Copy> other = copies.find(bad.objectId(), store);
            if (other.isPresent()) {
                Checked checked = check(other.get());
                if (checked.outcome() == FixityOutcome.GOOD) {
                    return Optional.of(checked);
                }
            }
        }
        return Optional.empty();
    }
}
