package org.tiezheng.archive.filing;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Speaks clamd's protocol: finds one text in what it is sent, refuses streams over a limit as clamd does (an answer, then the
 * connection is closed).
 */
final class FakeClamd implements AutoCloseable {
    static final String VIRUS = "X5O-not-a-virus-but-a-test";

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final int limit;

    FakeClamd(int limit) throws IOException {
        this.limit = limit;
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    threads.execute(() -> serve(socket));
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            StringBuilder command = new StringBuilder();
            for (int c = in.read(); c > 0; c = in.read()) {
                command.append((char) c);
            }
            if (command.toString().equals("zVERSION")) {
                answer(socket, "ClamAV 1.0.7/27470/Sun Nov 22 08:30:00 2026");
                return;
            }
            StringBuilder seen = new StringBuilder();
            for (int length = in.readInt(); length > 0; length = in.readInt()) {
                byte[] chunk = new byte[length];
                in.readFully(chunk);
                seen.append(new String(chunk, StandardCharsets.ISO_8859_1));
                if (seen.length() > limit) {
                    answer(socket, "INSTREAM size limit exceeded. ERROR");
                    return;
                }
            }
            answer(socket, seen.indexOf(VIRUS) >= 0 ? "stream: Test.Signature FOUND" : "stream: OK");
        } catch (IOException ended) {
            // The client gave up.
        }
    }

    private static void answer(Socket socket, String text) throws IOException {
        socket.getOutputStream().write((text + "\0").getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
