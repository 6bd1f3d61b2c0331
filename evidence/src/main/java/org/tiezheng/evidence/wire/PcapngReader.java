package org.tiezheng.evidence.wire;

import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code network.pcapng} (or a spool) once, from front to back, and feeds each conversation's bytes, in
 * file order, to a stream of its own.
 *
 * <p>Strict: it takes what {@link PcapngWriter} writes, and blocks of kinds it does not know, which it skips. A
 * packet of another form, a wrong checksum or a file that ends within a block stops the reading and is reported with
 * reason {@code pcapng}; a gap in the sequence numbers ends that direction and is reported as {@code
 * sequence-gap}. Memory does not grow with the file: one block, the key log, and what the streams of the
 * conversations that are open hold.
 */
public final class PcapngReader {
    /** The file is not one that {@link PcapngWriter} writes, from the place named in the detail on. */
    public static final String REASON_PCAPNG = "pcapng";
    /** Bytes of a conversation are missing from the file. */
    public static final String REASON_GAP = "sequence-gap";

    private final ConversationStreams streams;
    private final Undecoded.Sink undecoded;
    private final KeyLog keys = new KeyLog();
    /** Open conversations by client port, in order of opening. */
    private final Map<Integer, Open> open = new LinkedHashMap<>();

    private final BitSet usedPorts = new BitSet(65_536);
    private int conversations;
    private long packets;
    private long datagrams;
    private long streamBytes;
    private boolean sound = true;
    private Instant lastTime = Instant.EPOCH;

    private PcapngReader(ConversationStreams streams, Undecoded.Sink undecoded) {
        this.streams = streams;
        this.undecoded = undecoded;
    }

    /**
     * What was in the file.
     *
     * @param packets all packets, UDP included
     * @param datagrams UDP packets, which are not decoded
     * @param streamBytes TCP payload bytes handed on
     * @param keySessions TLS sessions for which the file holds secrets
     * @param sound false if anything was reported as {@link #REASON_PCAPNG} or {@link #REASON_GAP}: the file is
     *     cut short or changed
     */
    public record Summary(
            int conversations, long packets, long datagrams, long streamBytes, int keySessions, boolean sound) {}

    /**
     * Reads {@code in} to its end; closes every stream it opened, but not {@code in}.
     *
     * @throws IOException if reading {@code in} fails or a stream throws one; never for what the file says
     */
    public static Summary read(InputStream in, ConversationStreams streams, Undecoded.Sink undecoded)
            throws IOException {
        PcapngReader reader = new PcapngReader(streams, undecoded);
        IOException failure = null;
        try {
            reader.readBlocks(new BlockReader(in));
        } catch (IOException e) {
            failure = e;
        }
        failure = reader.closeAll(failure);
        if (failure != null) {
            throw failure;
        }
        return new Summary(
                reader.conversations,
                reader.packets,
                reader.datagrams,
                reader.streamBytes,
                reader.keys.sessions(),
                reader.sound);
    }

    private void readBlocks(BlockReader blocks) throws IOException {
        boolean section = false;
        boolean description = false;
        try {
            BlockReader.@Nullable Block block;
            while ((block = blocks.next()) != null) {
                switch (block.type()) {
                    case Blocks.SECTION_HEADER -> {
                        check(!section, "a second section");
                        section = true;
                        checkSection(block.body());
                    }
                    case Blocks.INTERFACE_DESCRIPTION -> {
                        check(!description, "a second interface");
                        description = true;
                        checkInterface(block.body());
                    }
                    case Blocks.DECRYPTION_SECRETS -> {
                        check(packets == 0, "secrets after packets");
                        readSecrets(block.body());
                    }
                    default -> {
                        check(description, "a packet before the interface");
                        packets++;
                        readPacket(block.body());
                    }
                }
            }
            check(section, "an empty file");
        } catch (BlockReader.NotWholeException | BlockReader.NotPcapngException e) {
            sound = false;
            undecoded.undecoded(new Undecoded(
                    0, null, lastTime, 0, REASON_PCAPNG, e.getMessage() + " (before byte " + blocks.position() + ")"));
        }
    }

    private static void checkSection(ByteBuffer body) throws BlockReader.NotPcapngException {
        check(
                body.remaining() >= 16
                        && body.getInt(body.position()) == Blocks.BYTE_ORDER_MAGIC
                        && body.getShort(body.position() + 4) == 1,
                "a section that is not little-endian version 1");
    }

    private static void checkInterface(ByteBuffer body) throws BlockReader.NotPcapngException {
        check(body.remaining() >= 8 && body.getShort() == Blocks.LINKTYPE_RAW, "an interface that is not LINKTYPE_RAW");
        body.position(body.position() + 6);
        while (body.remaining() >= 4) {
            int code = body.getShort();
            int length = body.getShort() & 0xffff;
            if (code == Blocks.OPTION_END) {
                break;
            }
            check(Blocks.padded(length) <= body.remaining(), "an interface option that does not end");
            if (code == Blocks.OPTION_IF_TSRESOL) {
                check(length == 1 && body.get(body.position()) == Blocks.NANOSECONDS, "times not in nanoseconds");
                return;
            }
            body.position(body.position() + Blocks.padded(length));
        }
        check(false, "times not in nanoseconds");
    }

    private void readSecrets(ByteBuffer body) throws BlockReader.NotPcapngException {
        check(body.remaining() >= 8, "a secrets block without content");
        int type = body.getInt();
        int length = body.getInt();
        check(length >= 0 && length <= body.remaining(), "a secrets block that does not end");
        if (type == Blocks.SECRETS_TLS_KEY_LOG) {
            keys.add(body.array(), body.position(), length);
        }
    }

    private void readPacket(ByteBuffer body) throws IOException, BlockReader.NotPcapngException {
        check(body.remaining() >= Blocks.PACKET_FIXED && body.getInt() == 0, "a packet of another interface");
        long nanos = (body.getInt() & 0xffff_ffffL) << 32 | body.getInt() & 0xffff_ffffL;
        Instant at = Instant.ofEpochSecond(
                Long.divideUnsigned(nanos, 1_000_000_000L), Long.remainderUnsigned(nanos, 1_000_000_000L));
        int captured = body.getInt();
        int original = body.getInt();
        check(captured == original && captured > 0 && captured <= body.remaining(), "a packet that is not whole");
        lastTime = at;
        ByteBuffer packet = body.slice(body.position(), captured).order(ByteOrder.BIG_ENDIAN);
        int version = packet.get(0) >> 4 & 0xf;
        check(version == 4 || version == 6, "a packet that is not IP");
        if (version == 4) {
            check(captured >= Packets.IPV4_HEADER && packet.get(0) == 0x45, "an IPv4 header of another form");
            check(Packets.fold(Packets.sum(packet, 0, Packets.IPV4_HEADER)) == 0, "a wrong IPv4 checksum");
            check((packet.getShort(2) & 0xffff) == captured, "a wrong IPv4 length");
            check(packet.getInt(4) == 0x4000, "an IPv4 fragment");
            transport(packet, at, packet.get(9) & 0xff, address(packet, 12, 4), address(packet, 16, 4));
        } else {
            check(captured >= Packets.IPV6_HEADER, "an IPv6 header of another form");
            check((packet.getShort(4) & 0xffff) == captured - Packets.IPV6_HEADER, "a wrong IPv6 length");
            transport(packet, at, packet.get(6) & 0xff, address(packet, 8, 16), address(packet, 24, 16));
        }
    }

    private void transport(ByteBuffer packet, Instant at, int protocol, InetAddress from, InetAddress to)
            throws IOException, BlockReader.NotPcapngException {
        int ipHeader = Packets.ipHeaderLength(from);
        // An IPv4-mapped address turns into an IPv4 one: such a packet is none of ours.
        check(from.getClass() == to.getClass() && ipHeader <= packet.capacity(), "a mapped address");
        check((packet.get(0) >> 4 & 0xf) == (from instanceof Inet4Address ? 4 : 6), "a mapped address");
        int length = packet.capacity() - ipHeader;
        if (protocol == Packets.UDP) {
            datagrams++;
            return;
        }
        check(protocol == Packets.TCP && length >= Packets.TCP_HEADER, "a packet that is neither TCP nor UDP");
        long sum = Packets.pseudoHeaderSum(Packets.TCP, from, to, length) + Packets.sum(packet, ipHeader, length);
        check(Packets.fold(sum) == 0, "a wrong TCP checksum");
        ByteBuffer segment = packet.slice(ipHeader, length);
        InetSocketAddress source = new InetSocketAddress(from, segment.getShort(0) & 0xffff);
        InetSocketAddress target = new InetSocketAddress(to, segment.getShort(2) & 0xffff);
        int headerLength = (segment.get(12) >> 4 & 0xf) * 4;
        int flags = segment.get(13) & 0xff;
        boolean syn = (flags & Packets.SYN) != 0;
        check(headerLength == Packets.TCP_HEADER + (syn ? 4 : 0) && headerLength <= length, "TCP options");
        if (flags == Packets.SYN) {
            openConversation(source, target, at, segment);
            return;
        }
        Direction direction = Direction.CLIENT_TO_SERVER;
        Open conversation = open.get(source.getPort());
        if (conversation == null || !conversation.isBetween(source, target)) {
            direction = Direction.SERVER_TO_CLIENT;
            conversation = open.get(target.getPort());
        }
        if (conversation == null
                || (direction == Direction.SERVER_TO_CLIENT && !conversation.isBetween(target, source))) {
            throw new BlockReader.NotPcapngException("a packet of no open conversation");
        }
        check((flags & Packets.ACK) != 0, "a packet without ACK");
        if (conversation.take(direction, at, segment, headerLength, flags)) {
            open.remove(conversation.conversation.client().getPort());
            conversation.stream.close();
        }
    }

    private void openConversation(InetSocketAddress client, InetSocketAddress server, Instant at, ByteBuffer segment)
            throws IOException, BlockReader.NotPcapngException {
        check(
                client.getAddress().equals(Packets.agentSide(server.getAddress())),
                "a conversation that does not start at the agent");
        check(!usedPorts.get(client.getPort()), "a port used twice");
        check(segment.getInt(4) == 0 && segment.capacity() == Packets.TCP_HEADER + 4, "a SYN of another form");
        usedPorts.set(client.getPort());
        conversations++;
        Conversation conversation = new Conversation(conversations, client, server, at);
        open.put(client.getPort(), new Open(conversation, streams.open(conversation, keys)));
    }

    private @Nullable IOException closeAll(@Nullable IOException earlier) {
        IOException failure = earlier;
        for (Open conversation : open.values()) {
            try {
                conversation.stream.close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        return failure;
    }

    private static InetAddress address(ByteBuffer packet, int offset, int length) {
        byte[] bytes = new byte[length];
        packet.get(offset, bytes);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of 4 or 16 bytes is always known", e);
        }
    }

    private static void check(boolean right, String whatIsWrong) throws BlockReader.NotPcapngException {
        if (!right) {
            throw new BlockReader.NotPcapngException(whatIsWrong);
        }
    }

    /** A conversation whose end has not been read. */
    private final class Open {
        private final Conversation conversation;
        private final ByteStream stream;
        /** Next sequence number of each side, modulo 2^32; indexed by direction. */
        private final int[] next = {1, 0};

        private final boolean[] ended = new boolean[2];
        private final boolean[] gap = new boolean[2];

        Open(Conversation conversation, ByteStream stream) {
            this.conversation = conversation;
            this.stream = stream;
        }

        boolean isBetween(InetSocketAddress client, InetSocketAddress server) {
            return conversation.client().equals(client) && conversation.server().equals(server);
        }

        /** @return whether the conversation is over */
        boolean take(Direction direction, Instant at, ByteBuffer segment, int headerLength, int flags)
                throws IOException {
            Direction other = direction.opposite();
            int mine = direction.ordinal();
            if (segment.getInt(4) != next[mine] && !ended[mine]) {
                endByGap(direction, at, "a segment does not follow the one before");
            }
            if (segment.getInt(8) != next[other.ordinal()] && !ended[other.ordinal()]) {
                endByGap(other, at, "the other side acknowledges bytes that are not there");
            }
            ByteBuffer data = segment.slice(headerLength, segment.capacity() - headerLength);
            if ((flags & Packets.SYN) != 0) {
                next[mine] = segment.getInt(4) + 1;
            } else if (!ended[mine]) {
                next[mine] += data.capacity();
                if (data.hasRemaining()) {
                    streamBytes += data.capacity();
                    stream.bytes(direction, at, data);
                }
                if ((flags & Packets.FIN) != 0) {
                    next[mine]++;
                    end(direction, at, StreamEnd.CLOSED);
                }
            } else if (!gap[mine] && data.hasRemaining()) {
                gap[mine] = true;
                report(direction, at, "bytes after the end of the direction");
            }
            if ((flags & Packets.RST) != 0) {
                end(direction, at, StreamEnd.CUT);
                end(other, at, StreamEnd.CUT);
                return true;
            }
            // After a gap the direction's own FIN is still to come.
            return ended[0] && ended[1] && !gap[0] && !gap[1];
        }

        private void endByGap(Direction direction, Instant at, String how) throws IOException {
            gap[direction.ordinal()] = true;
            report(direction, at, how);
            end(direction, at, StreamEnd.CUT);
        }

        private void end(Direction direction, Instant at, StreamEnd how) throws IOException {
            if (!ended[direction.ordinal()]) {
                ended[direction.ordinal()] = true;
                stream.end(direction, at, how);
            }
        }

        private void report(Direction direction, Instant at, String how) {
            sound = false;
            undecoded.undecoded(new Undecoded(conversation.number(), direction, at, 0, REASON_GAP, how));
        }
    }
}
