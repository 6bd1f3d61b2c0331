package org.tiezheng.demo;

import org.jspecify.annotations.Nullable;

/**
 * The truth about one exchange, from the server's side.
 *
 * @param listener name of the listener, such as {@code https-h2}
 * @param protocol {@code HTTP/1.1} or {@code HTTP/2.0}
 * @param target path and query as received
 * @param requestSha256 digest of the request body received, lower-case hex; of no bytes if there was none
 * @param status status sent
 * @param contentEncoding as sent; null if none
 * @param responseSha256 digest of the body handed to the protocol layer: after content coding, before chunking
 * @param responseBytes its length
 * @param complete false if the client went away before the last byte was handed over
 */
public record SentExchange(
        String listener,
        String protocol,
        String method,
        String target,
        String requestSha256,
        long requestBytes,
        int status,
        @Nullable String contentEncoding,
        String responseSha256,
        long responseBytes,
        boolean complete) {}
