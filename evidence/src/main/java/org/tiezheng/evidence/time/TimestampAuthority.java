package org.tiezheng.evidence.time;

import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.trust.TrustAnchors;

/** Gives RFC 3161 time-stamp tokens. Implementations may be called by several threads. */
public interface TimestampAuthority {

    /** For reports and logs: {@code embedded}, or the URL of an external authority without its user info and query. */
    String name();

    /** The anchors its tokens must lead to; a token is validated against these at once, before it is used. */
    TrustAnchors anchors();

    /** True if it runs inside this process under keys of the operator; see docs/seal.md for what that proves. */
    boolean embedded();

    /**
     * Obtains a token over {@code sha256}. Returns within the authority's own time-out.
     *
     * <p>The answer has been matched to the request (imprint, nonce, granted); whether the token is to be believed is
     * {@link TimestampChecks}' question.
     *
     * @throws TimestampException if there is no token; {@link TimestampException#retryHelps()} says whether to try again
     */
    TimestampToken stamp(Digest sha256) throws TimestampException;
}
