package org.tiezheng.evidence.trust;

import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;

/**
 * What one question came to, before it has a code and a subject.
 *
 * @param reason short English text, safe to print; empty if VALID
 */
public record Outcome(Verdict verdict, String reason) {
    private static final Outcome VALID = new Outcome(Verdict.VALID, "");

    public static Outcome valid() {
        return VALID;
    }

    public static Outcome invalid(String reason) {
        return new Outcome(Verdict.INVALID, reason);
    }

    /** Could not be checked, so nothing is known. */
    public static Outcome indeterminate(String reason) {
        return new Outcome(Verdict.INDETERMINATE, reason);
    }

    public boolean isValid() {
        return verdict == Verdict.VALID;
    }

    /** The worse of both; this one if they are equally bad. */
    public Outcome and(Outcome other) {
        return other.verdict.compareTo(verdict) > 0 ? other : this;
    }

    public Finding as(Code code, String subject) {
        return switch (verdict) {
            case VALID -> Finding.valid(code, subject);
            case INDETERMINATE -> Finding.indeterminate(code, subject, reason);
            case INVALID -> Finding.invalid(code, subject, reason);
        };
    }
}
