package org.tiezheng.capture.relay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.PcapngWriter;

/** The spool that becomes network.pcapng: passes everything to a {@link PcapngWriter}, which holds nothing back. */
public final class PcapngSpool implements WireSpool {
    private final PcapngWriter writer;

    /** @param writer closed with this; ask it for its digest afterwards */
    public PcapngSpool(PcapngWriter writer) {
        this.writer = writer;
    }

    @Override
    public Conversation open(InetSocketAddress server, Instant at, String hostAsked) throws IOException {
        PcapngWriter.ConversationWriter conversation = writer.open(server, at, hostAsked);
        return new Conversation() {
            @Override
            public int number() {
                return conversation.conversation().number();
            }

            @Override
            public void chunk(Direction direction, Instant at, ByteBuffer data) throws IOException {
                if (!conversation.chunk(direction, at, data)) {
                    throw new IllegalStateException("bytes after a reset in conversation " + number());
                }
            }

            @Override
            public void end(Direction direction, Instant at) throws IOException {
                conversation.end(direction, at);
            }

            @Override
            public void reset(Direction direction, Instant at) throws IOException {
                conversation.reset(direction, at);
            }
        };
    }

    @Override
    public void datagrams(
            InetSocketAddress server, Instant asked, ByteBuffer question, Instant answered, @Nullable ByteBuffer answer)
            throws IOException {
        writer.datagrams(server, asked, question, answered, answer);
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
