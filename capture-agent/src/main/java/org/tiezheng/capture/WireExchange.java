package org.tiezheng.capture;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.warc.ExchangeLine;

/**
 * One HTTP exchange as the recording shows it.
 *
 * @param conversation its number in network.pcapng
 * @param stream HTTP/2 stream id; 0 for HTTP/1.1
 * @param method HTTP method
 * @param url absolute, without fragment
 * @param at when the request's first byte passed, UTC
 * @param status of the final response; null if none came
 * @param truncated why the response is not whole; null if it is
 */
record WireExchange(
        int conversation,
        long stream,
        String method,
        String url,
        Instant at,
        @Nullable Integer status,
        @Nullable String truncated) {

    static WireExchange of(ExchangeLine line) {
        return new WireExchange(
                line.conversation(),
                line.stream(),
                line.method(),
                line.url(),
                line.requestFirst(),
                line.status() == 0 ? null : line.status(),
                line.responseTruncated());
    }
}
