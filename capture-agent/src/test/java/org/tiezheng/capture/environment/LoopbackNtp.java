package org.tiezheng.capture.environment;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/** A real NTP responder on 127.0.0.1 whose clock is off by what the test says, and which may answer wrongly. */
public final class LoopbackNtp implements Closeable {
    private final DatagramSocket socket;
    private final Clock clock;
    volatile int stratum = 2;
    volatile int leap = 0;
    volatile byte[] reference = {10, 1, 2, 3};
    volatile boolean silent;
    volatile boolean junkFirst;
    volatile Consumer<ByteBuffer> spoil = answer -> {};
    volatile Duration thinking = Duration.ZERO;

    public LoopbackNtp(Clock base, Duration offset) throws IOException {
        clock = Clock.offset(base, offset);
        socket = new DatagramSocket(0, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        Thread thread = new Thread(this::serve, "test-ntp");
        thread.setDaemon(true);
        thread.start();
    }

    public String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    private void serve() {
        byte[] room = new byte[128];
        while (true) {
            try {
                DatagramPacket packet = new DatagramPacket(room, room.length);
                socket.receive(packet);
                long received = ntp(clock.instant());
                if (silent) {
                    continue;
                }
                ByteBuffer query = ByteBuffer.wrap(room);
                if (packet.getLength() != 48 || (query.get(0) & 7) != 3 || (query.get(0) >> 3 & 7) != 4) {
                    continue;
                }
                ByteBuffer answer = ByteBuffer.allocate(48);
                answer.put(0, (byte) (leap << 6 | 4 << 3 | 4))
                        .put(1, (byte) stratum)
                        .put(2, (byte) 6)
                        .put(3, (byte) -20);
                answer.putInt(4, 0x0000_8000).putInt(8, 0x0000_4000); // root delay 500 ms, dispersion 250 ms
                answer.put(12, reference);
                answer.putLong(16, received).putLong(24, query.getLong(40)).putLong(32, received);
                if (!thinking.isZero()) {
                    Thread.sleep(thinking.toMillis());
                }
                answer.putLong(40, ntp(clock.instant()));
                if (junkFirst) {
                    byte[] junk = "junk".getBytes(StandardCharsets.UTF_8);
                    socket.send(new DatagramPacket(junk, junk.length, packet.getSocketAddress()));
                    byte[] forged = answer.array().clone();
                    forged[24] ^= 1;
                    socket.send(new DatagramPacket(forged, forged.length, packet.getSocketAddress()));
                }
                spoil.accept(answer);
                socket.send(new DatagramPacket(answer.array(), 48, packet.getSocketAddress()));
            } catch (IOException e) {
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static long ntp(Instant instant) {
        long seconds = instant.getEpochSecond() + 2_208_988_800L;
        long fraction = ((long) instant.getNano() << 32) / 1_000_000_000L;
        return seconds << 32 | fraction;
    }

    @Override
    public void close() {
        socket.close();
    }
}
