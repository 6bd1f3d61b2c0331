package org.tiezheng.evidence.wire.http;

import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.TlsFacts;

/**
 * One HTTP request and what came back for it.
 *
 * @param conversation the TCP connection it used
 * @param tls null if the connection was not encrypted
 * @param number 1 for the first request of the conversation, then ascending in the order requests began
 * @param stream HTTP/2 stream identifier; 0 for HTTP/1
 * @param protocol {@code http/1.0}, {@code http/1.1} or {@code h2}, as WARC-Protocol writes it
 * @param method request method, a token
 * @param targetUri absolute URI of the request, printable ASCII
 * @param request the request message
 * @param interim heads of all 1xx responses before the response (but 101), one after the other; null if there were none
 * @param response null if none came
 * @param status status code of the response, 100 to 999; 0 if none came
 */
public record Exchange(
        Conversation conversation,
        @Nullable TlsFacts tls,
        int number,
        int stream,
        String protocol,
        String method,
        String targetUri,
        WireMessage request,
        @Nullable WireMessage interim,
        @Nullable WireMessage response,
        int status) {}
