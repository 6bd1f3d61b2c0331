package org.tiezheng.evidence.wire.http;

import java.io.IOException;

/** Takes what the decoders find, in the order of completion on the wire. Called by one thread. */
public interface ExchangeSink {

    /** @param exchange its messages are valid during the call only */
    void exchange(Exchange exchange) throws IOException;

    /** @param message its content is valid during the call only */
    void webSocketMessage(WebSocketMessage message) throws IOException;
}
