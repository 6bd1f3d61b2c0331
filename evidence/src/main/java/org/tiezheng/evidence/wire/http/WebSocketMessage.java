package org.tiezheng.evidence.wire.http;

import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.TlsFacts;

/**
 * One message of a WebSocket (RFC 6455): its fragments joined, unmasked and, if permessage-deflate was used, inflated.
 *
 * @param conversation the TCP connection it used
 * @param tls null if the connection was not encrypted
 * @param exchange number of the exchange that opened the WebSocket
 * @param stream HTTP/2 stream identifier; 0 for HTTP/1.1
 * @param protocol {@code http/1.1} or {@code h2}
 * @param number 1 for the first message of this WebSocket, then ascending in order of completion, both directions
 * @param direction who sent it
 * @param kind what it is
 * @param inflated whether it was compressed on the wire
 * @param targetUri {@code ws:} or {@code wss:} URI
 * @param content the payload; block and payload are the same bytes
 */
public record WebSocketMessage(
        Conversation conversation,
        @Nullable TlsFacts tls,
        int exchange,
        int stream,
        String protocol,
        int number,
        Direction direction,
        Kind kind,
        boolean inflated,
        String targetUri,
        WireMessage content) {

    /** What a message is; ping and pong are not messages and are only counted. */
    public enum Kind {
        TEXT("text"),
        BINARY("binary"),
        /** The close frame: its payload is a two-byte status code and a reason, or nothing. */
        CLOSE("close");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** {@code text}, {@code binary} or {@code close}. */
        public String word() {
            return word;
        }
    }
}
