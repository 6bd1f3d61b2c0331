package org.tiezheng.evidence.wire;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * Writes relayed connections as packets: first into a spool while the bytes pass, then, with the key log in
 * front, into {@code network.pcapng}.
 *
 * <p>The spool is itself a pcapng file (section header, interface, packets) that any tool opens; {@link
 * #finish} copies its packet blocks byte for byte. Each block reaches the file in one write with nothing held
 * back in this process, so after {@code kill -9} every block but perhaps the last is whole, and {@code finish}
 * takes those.
 *
 * <p>Packets are synthesised: a relay sees what it reads from a socket, not segments. Order and times are those
 * of the reads; sequence numbers count the stream's bytes (SYN has number 0, the first byte 1); checksums are
 * computed. See docs/wire.md.
 *
 * <p>May be used by many threads at once; blocks never interleave. Interrupting a writing thread does no harm.
 * <b>Record a chunk before forwarding it</b>: then the order of blocks is the order of cause and effect.
 */
public final class PcapngWriter implements Closeable {
    /** So many conversations have a port of their own; {@link #open} refuses more. */
    public static final int MAX_CONVERSATIONS = 55_536;

    private static final int FIRST_PORTS = 49_152;
    private static final int MORE_PORTS = 10_000;
    private static final int MAX_BLOCK = 80_000;
    private static final int MAX_DATAGRAM = 65_507;
    private static final int MAX_KEY_LOG = 64 << 20;
    private static final String HOW_MADE =
            "Tiezheng wire recording. Packets are synthesised from what a relay read from its sockets:"
                    + " order, times (of the reads), server addresses and ports and all stream bytes are real; the agent's"
                    + " address and port, sequence numbers and checksums are computed.";

    private final Object lock = new Object();
    private final Path path;
    private final RandomAccessFile file;
    private final MessageDigest packetsSha256 = Digest.Algorithm.SHA256.start();
    private final ByteBuffer block = ByteBuffer.allocate(MAX_BLOCK);
    private long sizeBytes;
    private int conversations;
    private int datagramExchanges;
    private boolean closed;
    private @Nullable IOException failure;
    private @Nullable Digest digest;

    private PcapngWriter(Path path, RandomAccessFile file) {
        this.path = path;
        this.file = file;
    }

    /**
     * Starts a spool.
     *
     * @throws FileAlreadyExistsException if there is a file at {@code path}: a spool is never written over
     */
    public static PcapngWriter create(Path path) throws IOException {
        Files.createFile(path);
        PcapngWriter writer = new PcapngWriter(path, new RandomAccessFile(path.toFile(), "rw"));
        byte[] section = Blocks.sectionHeader(HOW_MADE + " (spool, keys not included)", "", "", "Tiezheng");
        byte[] description = Blocks.interfaceDescription();
        writer.file.write(section);
        writer.file.write(description);
        writer.sizeBytes = (long) section.length + description.length;
        return writer;
    }

    /**
     * Records that a connection to {@code server} stands: SYN, SYN-ACK, ACK.
     *
     * @param server resolved address and port the relay connected to
     * @param at when it stood
     * @param hostAsked what the browser asked the relay for, {@code host:port}; goes into the SYN's comment
     * @throws IOException if the spool cannot be written, or has {@link #MAX_CONVERSATIONS} already
     */
    public ConversationWriter open(InetSocketAddress server, Instant at, @Nullable String hostAsked)
            throws IOException {
        InetAddress address = resolved(server);
        synchronized (lock) {
            checkUsable();
            if (conversations == MAX_CONVERSATIONS) {
                throw new IOException(path + " holds " + MAX_CONVERSATIONS + " conversations, the most there can be");
            }
            int number = ++conversations;
            int port = number <= 65_536 - FIRST_PORTS
                    ? FIRST_PORTS + number - 1
                    : MORE_PORTS + number - 1 - (65_536 - FIRST_PORTS);
            ConversationWriter writer = new ConversationWriter(new Conversation(
                    number,
                    new InetSocketAddress(Packets.agentSide(address), port),
                    new InetSocketAddress(address, server.getPort()),
                    at));
            writer.handshake(at, hostAsked);
            return writer;
        }
    }

    /**
     * Records one question and answer over UDP, such as a DNS query; decoders skip these packets, experts see
     * them.
     *
     * @param answer null if none came; {@code answered} is then ignored
     */
    public void datagrams(
            InetSocketAddress server, Instant asked, ByteBuffer question, Instant answered, @Nullable ByteBuffer answer)
            throws IOException {
        InetAddress address = resolved(server);
        InetSocketAddress there = new InetSocketAddress(address, server.getPort());
        synchronized (lock) {
            checkUsable();
            int port = FIRST_PORTS + datagramExchanges++ % (65_536 - FIRST_PORTS);
            InetSocketAddress here = new InetSocketAddress(Packets.agentSide(address), port);
            writeDatagram(here, there, asked, question);
            if (answer != null) {
                writeDatagram(there, here, answered, answer);
            }
        }
    }

    /** Bytes in the spool file. */
    public long sizeBytes() {
        synchronized (lock) {
            return sizeBytes;
        }
    }

    /**
     * SHA-256 of all packet blocks, computed as they were written: the tail of {@code network.pcapng} from its
     * first Enhanced Packet Block on.
     *
     * @throws IllegalStateException before {@link #close}
     */
    public Digest packetsSha256() {
        synchronized (lock) {
            if (digest == null) {
                throw new IllegalStateException("the digest is known when the spool is closed");
            }
            return digest;
        }
    }

    /** Ends the spool; conversations still open just stop. Later use of their writers is an {@link IOException}. */
    @Override
    public void close() throws IOException {
        synchronized (lock) {
            if (!closed) {
                closed = true;
                digest = Digest.ofBytes(Digest.Algorithm.SHA256, packetsSha256.digest());
                try (file) {
                    file.getFD().sync();
                }
            }
        }
    }

    /** What the section header says about the recording machine. Texts are cut at 1000 characters. */
    public record Section(String hardware, String os, String application) {}

    /**
     * Writes {@code network.pcapng}: section header, interface, Decryption Secrets Block, then the spool's
     * packet blocks unchanged. Streams; does not close {@code out}.
     *
     * @param spool closed, or left behind by a killed process: a last block that is not whole is left out
     * @param keyLog the browser's TLS key log; a missing file is an empty log
     * @param expected {@link #packetsSha256()}, or null if it died with its process
     * @return SHA-256 of the packet blocks copied
     * @throws IOException if reading or writing fails, the key log is over 64 MiB, or the spool no longer has
     *     the digest {@code expected}: {@code out} is then not to be used
     */
    public static Digest finish(Path spool, Path keyLog, Section section, @Nullable Digest expected, OutputStream out)
            throws IOException {
        out.write(Blocks.sectionHeader(HOW_MADE, section.hardware(), section.os(), section.application()));
        out.write(Blocks.interfaceDescription());
        writeSecrets(keyLog, out);
        MessageDigest sha256 = Digest.Algorithm.SHA256.start();
        try (InputStream in = Files.newInputStream(spool)) {
            BlockReader blocks = new BlockReader(in);
            BlockReader.@Nullable Block next;
            try {
                while ((next = blocks.next()) != null) {
                    if (next.type() == Blocks.ENHANCED_PACKET) {
                        byte[] bytes = next.wholeBlock();
                        sha256.update(bytes);
                        out.write(bytes);
                    }
                }
            } catch (BlockReader.NotWholeException e) {
                if (expected != null) {
                    throw new IOException("spool " + spool + " is cut short", e);
                }
                // Killed while writing: what came before is whole, and that is what can be had.
            } catch (BlockReader.NotPcapngException e) {
                throw new IOException("spool " + spool + " is not what was written", e);
            }
        }
        Digest copied = Digest.ofBytes(Digest.Algorithm.SHA256, sha256.digest());
        if (expected != null && !expected.equals(copied)) {
            throw new IOException("spool " + spool + " was changed: written " + expected + ", read " + copied);
        }
        return copied;
    }

    private static void writeSecrets(Path keyLog, OutputStream out) throws IOException {
        byte[] keys = new byte[0];
        if (Files.exists(keyLog)) {
            try (InputStream in = Files.newInputStream(keyLog)) {
                keys = in.readNBytes(MAX_KEY_LOG + 1);
            }
            if (keys.length > MAX_KEY_LOG) {
                throw new IOException("key log " + keyLog + " is larger than " + MAX_KEY_LOG + " bytes");
            }
        }
        ByteBuffer body = ByteBuffer.allocate(8 + Blocks.padded(keys.length)).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(Blocks.SECRETS_TLS_KEY_LOG).putInt(keys.length).put(keys).rewind();
        out.write(Blocks.block(Blocks.DECRYPTION_SECRETS, body));
    }

    private static InetAddress resolved(InetSocketAddress server) {
        InetAddress address = server.getAddress();
        if (address == null) {
            throw new IllegalArgumentException("not resolved: " + server);
        }
        return address;
    }

    private void checkUsable() throws IOException {
        if (failure != null) {
            throw new IOException("an earlier write to " + path + " failed", failure);
        }
        if (closed) {
            throw new IOException(path + " is closed");
        }
    }

    private void writeDatagram(InetSocketAddress from, InetSocketAddress to, Instant at, ByteBuffer data)
            throws IOException {
        int length = data.remaining();
        if (length > MAX_DATAGRAM) {
            throw new IllegalArgumentException("a datagram has at most " + MAX_DATAGRAM + " bytes, got " + length);
        }
        int udpLength = Packets.UDP_HEADER + length;
        startBlock(at, Packets.ipHeaderLength(from.getAddress()) + udpLength);
        Packets.putIpHeader(block, Packets.UDP, from.getAddress(), to.getAddress(), udpLength);
        Packets.putUdpHeader(block, from, to, length, Packets.sum(data, data.position(), length));
        block.put(data.duplicate());
        writeBlock(null);
    }

    private void startBlock(Instant at, int packetLength) {
        long nanos = Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000_000L), at.getNano());
        block.clear().order(ByteOrder.LITTLE_ENDIAN);
        block.putInt(Blocks.ENHANCED_PACKET).putInt(0).putInt(0);
        block.putInt((int) (nanos >>> 32)).putInt((int) nanos);
        block.putInt(packetLength).putInt(packetLength);
        block.order(ByteOrder.BIG_ENDIAN);
    }

    private void writeBlock(@Nullable String comment) throws IOException {
        while (block.position() % 4 != 0) {
            block.put((byte) 0);
        }
        block.order(ByteOrder.LITTLE_ENDIAN);
        if (comment != null) {
            Blocks.putOption(block, Blocks.OPTION_COMMENT, comment);
            block.putInt(Blocks.OPTION_END);
        }
        int length = block.position() + Integer.BYTES;
        block.putInt(length).putInt(Integer.BYTES, length);
        try {
            file.write(block.array(), 0, length);
        } catch (IOException e) {
            failure = e;
            try {
                // Take back what was written of the block, so that the spool still ends with a whole one.
                file.setLength(sizeBytes);
            } catch (IOException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
        packetsSha256.update(block.array(), 0, length);
        sizeBytes += length;
    }

    /** One relayed connection. Its two directions may be written by two threads. */
    public final class ConversationWriter {
        private final Conversation conversation;
        /** Next sequence number of each side, modulo 2^32; indexed by direction. */
        private final int[] next = new int[2];

        private final boolean[] ended = new boolean[2];
        private boolean reset;

        private ConversationWriter(Conversation conversation) {
            this.conversation = conversation;
        }

        public Conversation conversation() {
            return conversation;
        }

        /**
         * Records bytes that were read from one side and are about to be sent to the other.
         *
         * @param data its remaining bytes, any number; its position is not moved
         * @return false if the connection was reset before, so that nothing was recorded
         * @throws IllegalStateException if this direction has ended
         */
        public boolean chunk(Direction direction, Instant at, ByteBuffer data) throws IOException {
            int end = data.limit();
            for (int start = data.position(); start < end; start += Packets.MAX_SEGMENT) {
                int length = Math.min(Packets.MAX_SEGMENT, end - start);
                ByteBuffer payload = data.slice(start, length);
                long sum = Packets.sum(payload, 0, length);
                synchronized (lock) {
                    if (reset) {
                        return false;
                    }
                    if (ended[direction.ordinal()]) {
                        throw new IllegalStateException(direction + " of " + conversation + " has ended");
                    }
                    segment(direction, at, Packets.ACK | Packets.PSH, payload, sum, null);
                    next[direction.ordinal()] += length;
                }
            }
            return true;
        }

        /** Records that this side will send no more: FIN. Nothing happens if that was known already. */
        public void end(Direction direction, Instant at) throws IOException {
            synchronized (lock) {
                if (reset || ended[direction.ordinal()]) {
                    return;
                }
                ended[direction.ordinal()] = true;
                segment(direction, at, Packets.ACK | Packets.FIN, ByteBuffer.allocate(0), 0, null);
                next[direction.ordinal()]++;
            }
        }

        /** Records that this side broke the connection off, both ways: RST. Nothing happens if it was over already. */
        public void reset(Direction direction, Instant at) throws IOException {
            synchronized (lock) {
                if (reset || (ended[0] && ended[1])) {
                    return;
                }
                reset = true;
                segment(direction, at, Packets.ACK | Packets.RST, ByteBuffer.allocate(0), 0, null);
            }
        }

        private void handshake(Instant at, @Nullable String hostAsked) throws IOException {
            ByteBuffer nothing = ByteBuffer.allocate(0);
            String comment = "conversation " + conversation.number() + (hostAsked == null ? "" : " to " + hostAsked);
            segment(Direction.CLIENT_TO_SERVER, at, Packets.SYN, nothing, 0, comment);
            next[Direction.CLIENT_TO_SERVER.ordinal()] = 1;
            segment(Direction.SERVER_TO_CLIENT, at, Packets.SYN | Packets.ACK, nothing, 0, null);
            next[Direction.SERVER_TO_CLIENT.ordinal()] = 1;
            segment(Direction.CLIENT_TO_SERVER, at, Packets.ACK, nothing, 0, null);
        }

        private void segment(
                Direction direction, Instant at, int flags, ByteBuffer payload, long sum, @Nullable String comment)
                throws IOException {
            checkUsable();
            boolean up = direction == Direction.CLIENT_TO_SERVER;
            InetSocketAddress from = up ? conversation.client() : conversation.server();
            InetSocketAddress to = up ? conversation.server() : conversation.client();
            int length = payload.remaining();
            int tcpLength = Packets.TCP_HEADER + ((flags & Packets.SYN) != 0 ? Integer.BYTES : 0) + length;
            startBlock(at, Packets.ipHeaderLength(from.getAddress()) + tcpLength);
            Packets.putIpHeader(block, Packets.TCP, from.getAddress(), to.getAddress(), tcpLength);
            int acknowledgement =
                    (flags & Packets.ACK) != 0 ? next[direction.opposite().ordinal()] : 0;
            Packets.putTcpHeader(block, from, to, next[direction.ordinal()], acknowledgement, flags, length, sum);
            block.put(payload.duplicate());
            writeBlock(comment);
        }
    }
}
