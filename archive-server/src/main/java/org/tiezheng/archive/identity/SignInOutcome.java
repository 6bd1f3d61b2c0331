package org.tiezheng.archive.identity;

import java.io.Serializable;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How an attempt to sign in ended. */
public sealed interface SignInOutcome {
    /**
     * Somebody is known.
     *
     * @param session row of the session that was begun with it
     * @param steps what has to be done before anything else; no role is in force until it is empty
     */
    record Known(Account account, @Nullable String certificateNo, UUID session, Set<Step> steps)
            implements SignInOutcome {
        public Known {
            steps = steps.isEmpty() ? EnumSet.noneOf(Step.class) : EnumSet.copyOf(steps);
        }
    }

    /**
     * The password was right; now the one-time code.
     *
     * @param passwordHash of the password the first half was won with: a reset between the halves ends it
     * @param until end of the time for the second half
     */
    record CodeNeeded(UUID account, String passwordHash, Instant until) implements SignInOutcome, Serializable {
        /** Without the hash. */
        @Override
        public String toString() {
            return "CodeNeeded[" + account + "]";
        }
    }

    /** Not let in. What exactly was wrong is in the audit log, not in the answer. */
    record Refused(Refusal refusal) implements SignInOutcome {}

    /** Something an account has to do right after signing in. */
    enum Step {
        CHOOSE_PASSWORD,
        SET_UP_SECOND_FACTOR
    }

    /** Why somebody was not let in. */
    enum Refusal {
        /** No such account, or not that password, or not that code. */
        WRONG,
        /** Too many refusals in a row. */
        LOCKED,
        DISABLED,
        /** The one-time password was not used in time. */
        EXPIRED,
        /** The password was right, a one-time code was not given. */
        CODE_MISSING,
        /** A one-time password has to be replaced on one's own screen first. */
        FIRST_SIGN_IN,
        /** The second half came too late. */
        TOO_LATE
    }
}
