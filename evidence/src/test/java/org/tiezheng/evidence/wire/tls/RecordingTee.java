package org.tiezheng.evidence.wire.tls;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.PcapngWriter;

/** The least that stands between two real peers and records what passes. */
final class RecordingTee implements Closeable {
    private static final Instant T0 = Instant.parse("2026-11-21T08:00:00Z");

    private final PcapngWriter writer;
    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicLong clock = new AtomicLong();

    RecordingTee(Path spool, int target) throws IOException {
        this.writer = PcapngWriter.create(spool);
        this.target = target;
        threads.submit(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    private Instant now() {
        return T0.plusNanos(1000 * clock.incrementAndGet());
    }

    private Void accept() throws IOException {
        while (true) {
            Socket client = door.accept();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(client);
            sockets.add(server);
            var conversation = writer.open((InetSocketAddress) server.getRemoteSocketAddress(), now(), "tee");
            threads.submit(() -> copy(client, server, Direction.CLIENT_TO_SERVER, conversation));
            threads.submit(() -> copy(server, client, Direction.SERVER_TO_CLIENT, conversation));
        }
    }

    private Void copy(Socket from, Socket to, Direction direction, PcapngWriter.ConversationWriter conversation)
            throws IOException {
        byte[] buffer = new byte[16_000];
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        try {
            int length;
            while ((length = in.read(buffer)) >= 0) {
                conversation.chunk(direction, now(), ByteBuffer.wrap(buffer, 0, length));
                try {
                    out.write(buffer, 0, length);
                } catch (SocketException e) {
                    // The other side is gone; what it would not hear is still on record.
                }
            }
            conversation.end(direction, now());
            to.shutdownOutput();
        } catch (SocketException e) {
            conversation.reset(direction, now());
        }
        return null;
    }

    /** Ends all connections and closes the spool. */
    @Override
    public void close() throws IOException {
        door.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(20, TimeUnit.SECONDS)) {
                throw new IOException("the tee does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        writer.close();
    }
}
