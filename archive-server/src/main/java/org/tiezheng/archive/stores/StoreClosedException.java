package org.tiezheng.archive.stores;

import java.io.IOException;

/** Evidence may not be stored now: the store has not proved its lock. See {@link StoreGate}. */
public final class StoreClosedException extends IOException {
    private static final long serialVersionUID = 1;

    private final StoreGate.Standing standing;

    StoreClosedException(String store, StoreGate.Standing standing) {
        super("store " + store + " is closed to evidence: " + standing);
        this.standing = standing;
    }

    public StoreGate.Standing standing() {
        return standing;
    }
}
