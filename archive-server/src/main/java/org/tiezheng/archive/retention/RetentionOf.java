package org.tiezheng.archive.retention;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.CaseType;

/**
 * What holds for one evidence.
 *
 * @param classId see {@link RetentionClass}
 * @param years of the class when it was assigned; null: for ever
 * @param ruleId rule that gave the class, or that gave the one a person then changed
 * @param approvalDoc number of the document behind it; null: to be approved locally
 * @param byPerson the class was decided by persons; a rule may only raise it
 * @param beginsOn last day before the period; null: it does not run
 * @param until end of the period; null: it does not run (open case), or never ends
 * @param lockedUntil end of the lock that is on every object
 */
public record RetentionOf(
        UUID evidenceId,
        String classId,
        @Nullable Integer years,
        String ruleId,
        @Nullable String approvalDoc,
        boolean byPerson,
        CaseType caseType,
        long ruleRow,
        long classRow,
        @Nullable LocalDate beginsOn,
        @Nullable Instant until,
        Instant lockedUntil) {
    /** How it stands; the names are keys of texts, {@code retention.state.<name>}. */
    public enum State {
        PERMANENT,
        /** The case is open. */
        NOT_RUNNING,
        RUNNING,
        /** The period has ended: to be appraised. */
        ENDED
    }

    public boolean permanent() {
        return years == null;
    }

    public State state(Instant now) {
        if (years == null) {
            return State.PERMANENT;
        }
        if (until == null) {
            return State.NOT_RUNNING;
        }
        return now.isBefore(until) ? State.RUNNING : State.ENDED;
    }
}
