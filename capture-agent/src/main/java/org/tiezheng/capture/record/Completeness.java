package org.tiezheng.capture.record;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much of the page the capture holds, and why not all.
 *
 * @param reasons empty only when COMPLETE
 * @param notes observations that do not lower the verdict, such as requests the page itself cancelled
 */
public record Completeness(Verdict verdict, List<Reason> reasons, List<Reason> notes, Counts counts) {

    public Completeness {
        reasons = List.copyOf(reasons);
        notes = List.copyOf(notes);
        if (verdict != Verdict.COMPLETE && reasons.isEmpty()) {
            throw new IllegalArgumentException(verdict + " needs a reason");
        }
        if (verdict == Verdict.COMPLETE && !reasons.isEmpty()) {
            throw new IllegalArgumentException("COMPLETE with reasons " + reasons);
        }
    }

    /** From best to worst. What a page looks like (BLOCKED, LOGIN_REQUIRED, EMPTY) is a suspicion by named rules. */
    public enum Verdict {
        COMPLETE,
        /** The page is there; something of it is missing, and the reasons say what. */
        PARTIAL,
        /** A page came, and it seems to be the server's refusal or a CAPTCHA. It is kept. */
        BLOCKED,
        /** A page came, and it seems to ask for a login. It is kept. */
        LOGIN_REQUIRED,
        /** A page came, and it shows nothing. */
        EMPTY,
        /** No page came. */
        FAILED
    }

    /**
     * @param code stable word in capitals, listed in docs/capture.md
     * @param rule id of the rule that hit, for suspicions
     */
    public record Reason(
            String code, String detail, @Nullable String rule) {}

    /**
     * Browser requests against wire exchanges.
     *
     * @param requests of the browser, with redirect hops counted singly, without data: and blob:
     * @param exchanges on the wire
     * @param matched requests that have their exchange, by method, address, order and status
     * @param missing requests the browser says came from the network, without an exchange
     * @param extra exchanges no browser request asked for, sum of the three below
     * @param extraPreflight of these, CORS preflights
     * @param extraFavicon of these, requests for the site icon
     * @param extraOther of these, all others
     * @param fromCache requests answered by the browser's cache
     * @param fromServiceWorker requests answered by a service worker
     * @param local requests for data:, blob: and the like
     * @param denied connections or requests refused by the egress policy
     * @param failed requests that failed in the browser by a fault of network or server
     * @param cancelled requests the page or the browser's own rules stopped
     * @param truncated exchanges whose response ended early
     * @param undecoded stretches of the recording that could not be decoded
     * @param images in the page
     * @param imagesNotLoaded of these, without a picture
     */
    public record Counts(
            int requests,
            int exchanges,
            int matched,
            int missing,
            int extra,
            int extraPreflight,
            int extraFavicon,
            int extraOther,
            int fromCache,
            int fromServiceWorker,
            int local,
            int denied,
            int failed,
            int cancelled,
            int truncated,
            int undecoded,
            int images,
            int imagesNotLoaded) {}
}
