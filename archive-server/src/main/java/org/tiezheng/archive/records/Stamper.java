package org.tiezheng.archive.records;

import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.Imprint;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.time.TokenLife;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;

/** Asks the configured authorities one after another, until one gives a token that validates. */
final class Stamper {
    private final List<TimestampAuthority> authorities;
    private final Clock clock;

    Stamper(StampingAuthorities authorities, Clock clock) {
        this.authorities = authorities.list();
        this.clock = clock;
    }

    /**
     * A token that passes every check now.
     *
     * @param longerThan only a token that speaks for itself longer than this is of use
     * @throws TimestampException if no authority gave one; the message has what each of them said
     */
    Stamp stamp(Imprint imprint, AlgorithmPolicy policy, Instant longerThan) throws TimestampException {
        List<String> reasons = new ArrayList<>();
        boolean retryHelps = authorities.isEmpty();
        for (TimestampAuthority authority : authorities) {
            try {
                return checked(authority, authority.stamp(imprint), imprint, policy, longerThan);
            } catch (TimestampException e) {
                reasons.add(String.valueOf(e.getMessage()));
                retryHelps |= e.retryHelps();
            }
        }
        throw new TimestampException(
                reasons.isEmpty() ? "no time-stamp authority is configured" : String.join("; ", reasons), retryHelps);
    }

    private Stamp checked(
            TimestampAuthority authority,
            TimestampToken given,
            Imprint imprint,
            AlgorithmPolicy policy,
            Instant longerThan)
            throws TimestampException {
        TimestampToken token = given.inDer();
        if (!token.imprintAlgorithm().equals(imprint.oid())
                || !MessageDigest.isEqual(token.imprint(), imprint.value())) {
            throw new TimestampException(authority.name() + ": its token is over something else", false);
        }
        List<Finding> wrong = new TimestampChecks(authority.anchors(), clock.instant(), policy)
                .checkAllButImprint(token, "token of " + authority.name()).stream()
                        .filter(finding -> finding.verdict() != Verdict.VALID)
                        .toList();
        if (!wrong.isEmpty()) {
            throw new TimestampException(authority.name() + ": its token does not validate: " + wrong, false);
        }
        TokenLife life = TokenLife.of(token, authority.anchors(), policy)
                .orElseThrow(() -> new TimestampException(authority.name() + ": no path to its root", false));
        if (!life.end().isAfter(longerThan)) {
            throw new TimestampException(
                    authority.name() + ": its token ends " + life.end() + ", no later than the one it would renew",
                    false);
        }
        return new Stamp(authority.name(), authority.embedded(), token, life);
    }

    /**
     * The token with CRLs of now from every authority that knows its certificates.
     *
     * @throws TimestampException if an authority that is to be asked does not answer
     */
    TimestampToken withCrlsOfNow(TimestampToken token) throws TimestampException {
        TimestampToken with = token;
        for (TimestampAuthority authority : authorities) {
            with = authority.withCrlsOfNow(with);
        }
        return with.inDer();
    }

    /** Anchors of all of them. */
    TrustAnchors anchors() {
        TrustAnchors all = TrustAnchors.none();
        for (TimestampAuthority authority : authorities) {
            all = all.and(authority.anchors());
        }
        return all;
    }
}
