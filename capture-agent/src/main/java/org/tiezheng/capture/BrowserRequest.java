package org.tiezheng.capture;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.browser.RequestEntry;

/**
 * One request as the browser's event log tells it; a redirect hop is one of its own.
 *
 * @param method HTTP method, upper case
 * @param url as in the log, without fragment; {@code ws:} and {@code wss:} as {@code http:} and {@code https:}
 * @param at when it was sent, by the browser's wall clock
 * @param status HTTP status on the wire as the browser saw it; null if no response came
 * @param source where the response came from
 * @param type CDP resource type: {@code Document}, {@code Image}, {@code WebSocket} …
 * @param finished the browser had the whole response
 * @param error {@code net::ERR_…}; null if it did not fail
 * @param cancelled stopped by the page, the user agent's own rules (CSP, CORS, mixed content …) or a navigation
 */
record BrowserRequest(
        String method,
        String url,
        Instant at,
        @Nullable Integer status,
        Source source,
        String type,
        boolean finished,
        @Nullable String error,
        boolean cancelled) {

    enum Source {
        NETWORK,
        CACHE,
        SERVICE_WORKER,
        /** data:, blob:, about:, and redirects the browser made by itself (HSTS). */
        LOCAL
    }

    /** The same from the browser's own log. */
    static BrowserRequest of(RequestEntry entry) {
        // 304 stands behind a response the page saw as a cached 200: the wire has it.
        boolean revalidated = entry.wireStatus() == 304;
        int status = revalidated ? 304 : entry.status();
        // HSTS and the like: the browser redirects by itself, nobody was asked.
        boolean internal = entry.status() == 307 && entry.remoteAddress() == null;
        Source source = entry.local() || internal
                ? Source.LOCAL
                : entry.fromServiceWorker()
                        ? Source.SERVICE_WORKER
                        : entry.fromCache() && !revalidated ? Source.CACHE : Source.NETWORK;
        String failure = entry.failure();
        return new BrowserRequest(
                entry.method(),
                entry.url(),
                entry.started(),
                status == 0 ? null : status,
                source,
                entry.type(),
                entry.finished(),
                failure,
                entry.canceled() || entry.blockedReason() != null || "net::ERR_ABORTED".equals(failure));
    }

    /** Kinds that go on until somebody stops them: their end says nothing about completeness. */
    boolean isOpenEnded() {
        return type.equals("EventSource") || type.equals("WebSocket") || type.equals("Ping") || type.equals("Media");
    }

    boolean isFavicon() {
        return isFavicon(url);
    }

    static boolean isFavicon(String url) {
        int query = url.indexOf('?');
        return (query < 0 ? url : url.substring(0, query)).endsWith("/favicon.ico");
    }
}
