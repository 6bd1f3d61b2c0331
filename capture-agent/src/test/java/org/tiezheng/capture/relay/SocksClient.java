package org.tiezheng.capture.relay;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Speaks SOCKS5 as Chromium does. */
final class SocksClient implements Closeable {
    final Socket socket;
    final OutputStream out;
    final DataInputStream in;

    SocksClient(InetSocketAddress relay) throws IOException {
        socket = new Socket(relay.getAddress(), relay.getPort());
        socket.setSoTimeout(30_000);
        socket.setTcpNoDelay(true);
        out = socket.getOutputStream();
        in = new DataInputStream(socket.getInputStream());
        out.write(new byte[] {5, 1, 0});
        if (in.readUnsignedShort() != 0x0500) {
            throw new IOException("greeting refused");
        }
    }

    /** Asks by name, as Chromium does for whatever stands in a URL. @return the reply code */
    int connect(String host, int port) throws IOException {
        byte[] name = host.getBytes(StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(new byte[] {5, 1, 0, 3, (byte) name.length});
        request.writeBytes(name);
        request.writeBytes(new byte[] {(byte) (port >> 8), (byte) port});
        return ask(request.toByteArray());
    }

    int connect(byte[] address, int port) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(new byte[] {5, 1, 0, (byte) (address.length == 4 ? 1 : 4)});
        request.writeBytes(address);
        request.writeBytes(new byte[] {(byte) (port >> 8), (byte) port});
        return ask(request.toByteArray());
    }

    int ask(byte[] request) throws IOException {
        out.write(request);
        byte[] reply = new byte[10];
        in.readFully(reply);
        if (reply[0] != 5 || reply[3] != 1) {
            throw new IOException("not a SOCKS5 reply");
        }
        return reply[1];
    }

    String readAll() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    void send(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    static long drain(InputStream in) throws IOException {
        long total = 0;
        byte[] room = new byte[65_536];
        for (int n = in.read(room); n >= 0; n = in.read(room)) {
            total += n;
        }
        return total;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
