package org.tiezheng.evidence.seal;

import java.time.Clock;
import java.util.List;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;

/** A token that passed every T check against its own authority's anchors at the moment it was given. */
record ValidatedStamp(TimestampAuthority authority, TimestampToken token) {

    /**
     * Asks {@code authority} once and checks its answer at once, as a verifier would.
     *
     * @throws TimestampException if there is no answer, or one that is not wholly VALID: a token that nobody can check
     *     later (no CRL inside, say) is no better than none
     */
    static ValidatedStamp obtain(TimestampAuthority authority, Digest sha256, Clock clock) throws TimestampException {
        TimestampToken token = authority.stamp(sha256);
        List<Finding> findings = new TimestampChecks(authority.anchors(), clock.instant())
                .check(token, sha256, "token of " + authority.name());
        List<Finding> wrong =
                findings.stream().filter(f -> f.verdict() != Verdict.VALID).toList();
        if (!wrong.isEmpty()) {
            throw new TimestampException(authority.name() + ": its token does not validate: " + wrong, false);
        }
        return new ValidatedStamp(authority, token);
    }
}
