package org.tiezheng.evidence;

import java.util.Collection;

/**
 * Outcome of one check, and of a whole report. Ordered from best to worst: a report is as bad as its
 * worst finding.
 *
 * <p>"Could not check" is {@link #INDETERMINATE}: it is neither of the others.
 */
public enum Verdict {
    VALID,
    INDETERMINATE,
    INVALID;

    public Verdict worse(Verdict other) {
        return compareTo(other) >= 0 ? this : other;
    }

    /** The worst verdict among {@code findings}; VALID if there are none. */
    public static Verdict worstOf(Collection<Finding> findings) {
        return findings.stream().map(Finding::verdict).reduce(VALID, Verdict::worse);
    }
}
