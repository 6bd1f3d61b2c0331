package org.tiezheng.evidence.warc;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.tiezheng.evidence.wire.Direction;
import org.tiezheng.evidence.wire.PcapngWriter;

/** A port on loopback that forwards to one server and records what passes. */
final class RecordingRelay implements Closeable {
    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final InetSocketAddress server;
    private final PcapngWriter writer;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    RecordingRelay(int serverPort, PcapngWriter writer) throws IOException {
        this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
        this.writer = writer;
        threads.execute(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listening.accept();
                Socket upstream = new Socket(server.getAddress(), server.getPort());
                sockets.add(client);
                sockets.add(upstream);
                PcapngWriter.ConversationWriter conversation =
                        writer.open(server, Clock.systemUTC().instant(), null);
                threads.execute(() -> pump(client, upstream, conversation, Direction.CLIENT_TO_SERVER));
                threads.execute(() -> pump(upstream, client, conversation, Direction.SERVER_TO_CLIENT));
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void pump(
            Socket from, Socket to, PcapngWriter.ConversationWriter conversation, Direction direction) {
        try {
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                byte[] buffer = new byte[32 * 1024];
                int n;
                while ((n = in.read(buffer)) >= 0) {
                    conversation.chunk(direction, Clock.systemUTC().instant(), ByteBuffer.wrap(buffer, 0, n));
                    out.write(buffer, 0, n);
                }
                conversation.end(direction, Clock.systemUTC().instant());
                to.shutdownOutput();
            } catch (IOException e) {
                conversation.reset(direction, Clock.systemUTC().instant());
                from.close();
                to.close();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(20, TimeUnit.SECONDS)) {
                throw new AssertionError("relay threads still run");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
