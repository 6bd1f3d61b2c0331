package org.tiezheng.evidence.wire;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Opens the decoder for what a conversation says when TLS, if any, is taken off. */
public interface PlainStreams {

    /**
     * Called once per conversation, just before its first plain byte; never for a conversation that carried
     * none.
     *
     * @param tls null if the conversation is not encrypted. Otherwise everything the handshake showed: the server's
     *     part of it is complete by now. Only {@link TlsFacts#keyUpdates} may still grow, see {@link #ended}
     * @return receives the plain bytes of both directions; {@link StreamEnd#CLOSED} means close_notify under
     *     TLS, FIN without. It is closed by the caller
     */
    ByteStream open(Conversation conversation, @Nullable TlsFacts tls) throws IOException;

    /**
     * Called once per conversation when its recording is read to the end, after the plain stream was closed.
     *
     * @param tls final facts, as far as the handshake got (the suite and chain are empty if it broke off early); null if
     *     the conversation was not TLS or had no ServerHello
     */
    default void ended(Conversation conversation, @Nullable TlsFacts tls) throws IOException {}
}
