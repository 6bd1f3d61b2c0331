package org.tiezheng.evidence.wire.http;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.Conversation;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.Undecoded;

/** Counts bytes that are passed over for one reason and reports them as one entry. */
final class Skipped {
    private final Conversation conversation;
    private final Direction direction;
    private @Nullable Instant since;
    private String reason = "";
    private String detail = "";
    private long bytes;

    Skipped(Conversation conversation, Direction direction) {
        this.conversation = conversation;
        this.direction = direction;
    }

    /** Sets the reason; the first one stays. */
    void because(Instant at, String why, String how) {
        if (since == null) {
            since = at;
            reason = why;
            detail = how;
        }
    }

    void add(long more) {
        bytes += more;
    }

    /** Reports what was counted, if there was a reason, and starts anew. */
    void report(Undecoded.Sink sink) {
        if (since != null) {
            sink.undecoded(new Undecoded(conversation.number(), direction, since, bytes, reason, detail));
            since = null;
            bytes = 0;
        }
    }
}
