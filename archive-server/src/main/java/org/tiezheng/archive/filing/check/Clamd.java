package org.tiezheng.archive.filing.check;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * Client of ClamAV's {@code clamd}: its version, and the scan of bytes that are sent to it as they pass ({@code INSTREAM}).
 *
 * <p>Every wait ends: a scanner that does not take bytes or does not answer within the timeout is an {@link IOException}. Source:
 * clamd(8), COMMANDS. Safe for use by many threads; each scan is a connection of its own.
 */
public final class Clamd {
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int MAX_ANSWER_BYTES = 4096;

    /** What clamd says to have "found" in a file that it did not look at, or not to its end. Source: clamd.conf(5), AlertExceedsMax. */
    private static final String OVER_LIMIT = "Heuristics.Limits.Exceeded";

    private final SocketAddress address;
    private final Duration timeout;

    private Clamd(SocketAddress address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    /**
     * @param address {@code HOST:PORT}, or {@code /path} of a socket
     * @param timeout of each wait: for the connection, for a block to be taken, for the answer
     * @throws IllegalArgumentException if the address is neither
     */
    public static Clamd at(String address, Duration timeout) {
        if (address.startsWith("/")) {
            return new Clamd(UnixDomainSocketAddress.of(address), timeout);
        }
        int colon = address.lastIndexOf(':');
        try {
            int port = Integer.parseInt(address.substring(colon + 1));
            if (colon > 0 && port > 0 && port < 65536) {
                return new Clamd(new InetSocketAddress(address.substring(0, colon), port), timeout);
            }
        } catch (NumberFormatException notANumber) {
            // Said below.
        }
        throw new IllegalArgumentException("tiezheng.filing.clamd is HOST:PORT or the path of a socket: " + address);
    }

    /** What the scanner found. */
    public record Answer(Kind kind, String text) {
        /** How it ended. */
        public enum Kind {
            CLEAN,
            /** {@code text} is the name of what was found. */
            FOUND,
            /** Not scanned; {@code text} is the scanner's reason. */
            ERROR
        }
    }

    /** Engine, number of the signatures and their date: {@code ClamAV 1.0.7/27470/Sun Nov 22 08:30:00 2026}. */
    public String version() throws IOException {
        try (Connection connection = new Connection()) {
            connection.send(ByteBuffer.wrap("zVERSION\0".getBytes(StandardCharsets.US_ASCII)));
            return connection.answer();
        }
    }

    /** Begins a scan. */
    public Scan scan() throws IOException {
        return new Scan(new Connection());
    }

    /** Bytes of one file on their way to the scanner. Closing it without {@link #finish} gives the scan up. */
    public static final class Scan implements Closeable {
        private final Connection connection;
        private final ByteBuffer chunk = ByteBuffer.allocate(4 + CHUNK_BYTES);
        private boolean refused;

        private Scan(Connection connection) throws IOException {
            this.connection = connection;
            chunk.putInt(0);
            connection.send(ByteBuffer.wrap("zINSTREAM\0".getBytes(StandardCharsets.US_ASCII)));
        }

        public void write(byte[] bytes, int offset, int length) throws IOException {
            int from = offset;
            int left = length;
            while (left > 0 && !refused) {
                int count = Math.min(left, chunk.remaining());
                chunk.put(bytes, from, count);
                from += count;
                left -= count;
                if (!chunk.hasRemaining()) {
                    flush();
                }
            }
        }

        private void flush() throws IOException {
            int length = chunk.position() - 4;
            if (length > 0) {
                chunk.putInt(0, length).flip();
                try {
                    connection.send(chunk);
                } catch (IOException closed) {
                    // A stream over clamd's limit: it answers, and closes. What it said is read in finish().
                    refused = true;
                }
            }
            chunk.clear();
            chunk.putInt(0);
        }

        /** The end of the file. */
        public Answer finish() throws IOException {
            flush();
            if (!refused) {
                try {
                    connection.send(ByteBuffer.wrap(new byte[4]));
                } catch (IOException closed) {
                    refused = true;
                }
            }
            return parse(connection.answer());
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    static Answer parse(String line) {
        String text = line.startsWith("stream: ") ? line.substring("stream: ".length()) : line;
        if (text.equals("OK")) {
            return new Answer(Answer.Kind.CLEAN, "");
        }
        if (text.endsWith(" FOUND") && !text.startsWith(OVER_LIMIT)) {
            return new Answer(Answer.Kind.FOUND, text.substring(0, text.length() - " FOUND".length()));
        }
        return new Answer(Answer.Kind.ERROR, text.isEmpty() ? "no answer" : text);
    }

    private final class Connection implements Closeable {
        private final SocketChannel channel;
        private final Selector selector;

        Connection() throws IOException {
            channel = address instanceof UnixDomainSocketAddress
                    ? SocketChannel.open(StandardProtocolFamily.UNIX)
                    : SocketChannel.open();
            Selector opened = null;
            try {
                opened = Selector.open();
                channel.configureBlocking(false);
                SelectionKey key = channel.register(opened, 0);
                selector = opened;
                if (!channel.connect(address)) {
                    await(key, SelectionKey.OP_CONNECT, "the connection");
                    if (!channel.finishConnect()) {
                        throw new IOException("clamd did not take the connection");
                    }
                }
            } catch (IOException | RuntimeException failed) {
                channel.close();
                if (opened != null) {
                    opened.close();
                }
                throw failed instanceof IOException io ? io : new IOException("clamd: " + failed.getMessage(), failed);
            }
        }

        private void await(SelectionKey key, int operation, String what) throws IOException {
            key.interestOps(operation);
            if (selector.select(timeout.toMillis()) == 0) {
                throw new IOException(String.format(Locale.ROOT, "clamd: no %s within %s", what, timeout));
            }
            selector.selectedKeys().clear();
        }

        void send(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                if (channel.write(bytes) == 0) {
                    await(channel.keyFor(selector), SelectionKey.OP_WRITE, "room for bytes");
                }
            }
        }

        String answer() throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(MAX_ANSWER_BYTES);
            while (true) {
                int read = channel.read(bytes);
                if (read == 0) {
                    if (!bytes.hasRemaining()) {
                        throw new IOException("clamd: an answer of more than " + MAX_ANSWER_BYTES + " bytes");
                    }
                    await(channel.keyFor(selector), SelectionKey.OP_READ, "answer");
                } else if (read < 0 || bytes.get(bytes.position() - 1) == 0) {
                    int length = bytes.position() - (read < 0 ? 0 : 1);
                    return new String(bytes.array(), 0, length, StandardCharsets.UTF_8).strip();
                }
            }
        }

        @Override
        public void close() throws IOException {
            selector.close();
            channel.close();
        }
    }
}
