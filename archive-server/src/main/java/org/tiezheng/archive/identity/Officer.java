package org.tiezheng.archive.identity;

import java.time.LocalDate;
import java.util.UUID;

/**
 * A person with a law-enforcement certificate (执法证).
 *
 * @param accountId account the person signs in with
 * @param name as on the certificate; the account's display name
 * @param unit authority that issued it or the officer serves in
 * @param certificateNo number of the certificate (执法证号), unique in this archive
 * @param validFrom first day in force
 * @param validTo last day in force
 */
public record Officer(
        UUID accountId, String name, String unit, String certificateNo, LocalDate validFrom, LocalDate validTo) {

    /** @throws IllegalArgumentException if the certificate ends before it begins */
    public Officer {
        if (validTo.isBefore(validFrom)) {
            throw new IllegalArgumentException("certificate ends on " + validTo + ", before it begins on " + validFrom);
        }
    }

    /** Whether the certificate is in force on {@code day}, a day in Beijing. */
    public boolean inForceOn(LocalDate day) {
        return !day.isBefore(validFrom) && !day.isAfter(validTo);
    }
}
