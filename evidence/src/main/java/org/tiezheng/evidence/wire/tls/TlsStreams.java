package org.tiezheng.evidence.wire.tls;

import org.tiezheng.evidence.wire.ByteStream;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.ConversationStreams;
import org.tiezheng.evidence.wire.KeyLog;
import org.tiezheng.evidence.wire.PlainStreams;
import org.tiezheng.evidence.wire.Undecoded;

/**
 * Takes TLS off recorded conversations, where there is any: the first bytes decide.
 *
 * <pre>{@code
 * PcapngReader.read(in, new TlsStreams(http, undecoded), undecoded);
 * }</pre>
 *
 * <p>A conversation that starts with a TLS handshake is decrypted; one that starts like an HTTP request goes
 * through as it is; anything else is reported as {@code not-http}. Memory per open conversation is bounded: two
 * records, one handshake message, and client data ahead of the server's answer.
 */
public final class TlsStreams implements ConversationStreams {
    private final PlainStreams plain;
    private final Undecoded.Sink undecoded;

    public TlsStreams(PlainStreams plain, Undecoded.Sink undecoded) {
        this.plain = plain;
        this.undecoded = undecoded;
    }

    @Override
    public ByteStream open(Conversation conversation, KeyLog keys) {
        return new SniffedStream(conversation, keys, plain, undecoded);
    }
}
