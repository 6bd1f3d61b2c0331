package org.tiezheng.capture.relay;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A TCP server on a loopback address that does with each connection what the test says. */
final class LoopbackServer implements Closeable {
    interface Handler {
        void serve(Socket socket) throws IOException;
    }

    private final ServerSocket server;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    final AtomicInteger accepted = new AtomicInteger();

    LoopbackServer(Handler handler) throws IOException {
        this(new byte[] {127, 0, 0, 1}, handler);
    }

    LoopbackServer(byte[] address, Handler handler) throws IOException {
        server = new ServerSocket(0, 200, InetAddress.getByAddress(address));
        Thread thread = new Thread(() -> accept(handler), "test-server");
        thread.setDaemon(true);
        thread.start();
    }

    static LoopbackServer answering(String text) throws IOException {
        return new LoopbackServer(socket -> {
            socket.getInputStream().readNBytes(1);
            socket.getOutputStream().write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        });
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept(Handler handler) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                accepted.incrementAndGet();
                open.add(socket);
                Thread thread = new Thread(() -> serve(handler, socket), "test-server-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void serve(Handler handler, Socket socket) {
        try (socket) {
            handler.serve(socket);
        } catch (IOException e) {
            // the client left: the test looks at what the relay recorded
            return;
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
