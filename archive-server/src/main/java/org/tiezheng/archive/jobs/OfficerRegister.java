package org.tiezheng.archive.jobs;

import java.time.Instant;
import java.util.Optional;

/** Who is an officer. */
public interface OfficerRegister {
    /** The officer with this account, if there is one; whatever the state of the certificate. */
    Optional<Entry> find(String accountId);

    /**
     * @param officer as it would be recorded now
     * @param validFrom first moment the certificate is in force
     * @param validTo first moment it is not in force any more
     */
    record Entry(RecordedOfficer officer, Instant validFrom, Instant validTo) {
        boolean inForceAt(Instant time) {
            return !time.isBefore(validFrom) && time.isBefore(validTo);
        }
    }
}
