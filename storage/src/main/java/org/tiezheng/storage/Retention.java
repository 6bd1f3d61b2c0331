package org.tiezheng.storage;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * How long a version is locked, and how firmly.
 *
 * @param until end of the lock, UTC; the constructor rounds it up to a full second, the unit of S3 Object Lock
 */
public record Retention(Mode mode, Instant until) {
    /** How firmly. */
    public enum Mode {
        /** Nobody can lift it early, the owner of the store included. The default for evidence. */
        COMPLIANCE,
        /** An account with the permission to bypass governance can. For trials. */
        GOVERNANCE
    }

    public Retention {
        Instant second = until.truncatedTo(ChronoUnit.SECONDS);
        until = second.equals(until) ? until : second.plusSeconds(1);
    }

    /** COMPLIANCE until {@code until}. */
    public static Retention compliance(Instant until) {
        return new Retention(Mode.COMPLIANCE, until);
    }

    /** Whether the lock still holds at {@code now}. */
    public boolean holdsAt(Instant now) {
        return now.isBefore(until);
    }

    /** The firmer mode and the later end of the two. */
    Retention and(Retention other) {
        Mode firmer = mode == Mode.COMPLIANCE ? mode : other.mode;
        return new Retention(firmer, until.isAfter(other.until) ? until : other.until);
    }
}
