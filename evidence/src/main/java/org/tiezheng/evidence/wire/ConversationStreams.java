package org.tiezheng.evidence.wire;

import java.io.IOException;

/** Opens the decoder of one conversation as recorded; {@code tls.TlsStreams} is the one in use. */
public interface ConversationStreams {

    /**
     * Called when the conversation's first packet is read.
     *
     * @param keys secrets found ahead of the packets
     * @return receives the recorded bytes: CLOSED for FIN, CUT for RST. The caller closes it
     */
    ByteStream open(Conversation conversation, KeyLog keys) throws IOException;
}
