package org.tiezheng.evidence.wire.http;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.TlsFacts;
import org.tiezheng.evidence.wire.Undecoded;

/** What every decoder of one conversation needs to know, and where its findings go. */
record ConversationContext(
        Conversation conversation,
        @Nullable TlsFacts tls,
        ExchangeSink sink,
        Undecoded.Sink undecodedSink,
        Spools spools) {

    void undecoded(Direction direction, Instant at, long bytes, String reason, String detail) {
        undecodedSink.undecoded(new Undecoded(conversation.number(), direction, at, bytes, reason, detail));
    }

    Skipped skipped(Direction direction) {
        return new Skipped(conversation, direction);
    }
}
