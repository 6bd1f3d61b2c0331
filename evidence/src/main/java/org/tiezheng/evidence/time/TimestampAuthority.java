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

    /**
     * Obtains a token over a digest of any algorithm: hash trees under SHA-512 need it.
     *
     * @throws TimestampException as {@link #stamp(Digest)}; also if this authority takes SHA-256 only
     */
    default TimestampToken stamp(Imprint imprint) throws TimestampException {
        if (!imprint.isSha256()) {
            throw new TimestampException(name() + ": gives tokens over SHA-256 only", false);
        }
        return stamp(Digest.ofBytes(Digest.Algorithm.SHA256, imprint.value()));
    }

    /**
     * The same token with the CRLs of now put into it, as far as this authority is the one to ask about its certificates: what
     * belongs to the moment in which a token is renewed. Nothing that is signed changes.
     *
     * @return {@code token} itself if there is nothing to add
     * @throws TimestampException if a CRL cannot be had now
     */
    default TimestampToken withCrlsOfNow(TimestampToken token) throws TimestampException {
        return token;
    }
}
