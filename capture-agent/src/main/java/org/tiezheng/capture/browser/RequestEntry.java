package org.tiezheng.capture.browser;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One request as the browser reports it; each hop of a redirect is one entry. Compared with the wire to find what is
 * missing.
 *
 * @param requestId Chromium's, the same for all hops
 * @param hop 0 for the first request, 1 after one redirect …
 * @param url as requested, without fragment; {@code data:} URLs are cut
 * @param method HTTP method; {@code GET} for a WebSocket
 * @param type Chromium's resource type: Document, Script, Image, Fetch, WebSocket, Preflight …; may be ""; Download for
 *     a link with the download attribute, of which the browser reports neither status nor headers
 * @param frameId frame that asked; "" for workers
 * @param documentNavigation this is a navigation of the main frame
 * @param status HTTP status the page saw; 0 if none came
 * @param wireStatus status on the wire where the browser says it (304 behind a cached 200); 0 if unknown
 * @param mimeType as the browser took it
 * @param fromCache served from memory or disk cache: nothing on the wire
 * @param fromServiceWorker answered by a service worker: its own requests are entries of their own
 * @param local {@code data:}, {@code blob:}, {@code about:}, {@code chrome:} and the like: never on the wire
 * @param failure Chromium's error text, for example {@code net::ERR_ABORTED}; null if it did not fail
 * @param canceled the page or the browser called it off
 * @param blockedReason why Chromium refused, for example {@code mixed-content}; null if it did not
 * @param finished the browser is done with it, well or badly
 * @param remoteAddress address and port the browser talked to (the relay); null if none
 * @param protocol for example {@code h2} or {@code http/1.1}; null if unknown
 * @param securityState Chromium's verdict: secure, insecure, neutral …; null if none
 * @param securityDetails certificate and TLS facts as Chromium has them; null without TLS
 * @param encodedDataLength bytes received including headers as the browser counts them; -1 if unknown
 * @param started wall clock of the browser
 * @param ended wall clock; null while it is open
 */
public record RequestEntry(
        String requestId,
        int hop,
        String url,
        String method,
        String type,
        String frameId,
        boolean documentNavigation,
        int status,
        int wireStatus,
        String mimeType,
        boolean fromCache,
        boolean fromServiceWorker,
        boolean local,
        @Nullable String failure,
        boolean canceled,
        @Nullable String blockedReason,
        boolean finished,
        @Nullable String remoteAddress,
        @Nullable String protocol,
        @Nullable String securityState,
        @Nullable JsonNode securityDetails,
        long encodedDataLength,
        Instant started,
        @Nullable Instant ended) {}
