package org.tiezheng.capture.environment;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks time servers how far this machine's clock is off. Never sets it.
 *
 * <p>Source: RFC 5905, sections 7.3, 8 and 14 (SNTP client), RFC 4330, section 5 (checks on the answer). The transmit time in the
 * request is random: it only serves to recognise the answer, and tells the server nothing. Thread-safe.
 */
public final class SntpClient {
    /** The national time service, and two that are near in China. Each asked on its own; none is trusted alone. */
    public static final List<String> DEFAULT_SERVERS = List.of("ntp.ntsc.ac.cn", "ntp.aliyun.com", "cn.pool.ntp.org");

    private static final int NTP_PORT = 123;
    private static final int PACKET_BYTES = 48;
    private static final long SECONDS_1900_TO_1970 = 2_208_988_800L;
    private static final double MILLIS_PER_SHORT_UNIT = 1000.0 / 65_536;

    private final Clock clock;
    private final Duration timeout;
    private final SecureRandom random = new SecureRandom();

    /** @param timeout for resolving the name, and again for the answer */
    public SntpClient(Clock clock, Duration timeout) {
        this.clock = clock;
        this.timeout = timeout;
    }

    /** Asks all at once; answers in the order of {@code servers}. Takes at most twice the timeout. */
    public List<SntpSample> askAll(List<String> servers) {
        ExecutorService threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "sntp");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<SntpSample>> asked = new ArrayList<>();
            for (String server : servers) {
                asked.add(threads.submit(() -> ask(server)));
            }
            long deadline = System.nanoTime()
                    + 2 * timeout.toNanos()
                    + Duration.ofMillis(200).toNanos();
            List<SntpSample> samples = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                samples.add(await(asked.get(i), servers.get(i), deadline));
            }
            return samples;
        } finally {
            threads.shutdownNow();
        }
    }

    private SntpSample await(Future<SntpSample> asked, String server, long deadline) {
        Instant now = clock.instant();
        try {
            return asked.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return SntpSample.notAvailable(server, null, now, "timeout"); // the resolver of this machine hangs
        } catch (ExecutionException e) {
            return SntpSample.notAvailable(server, null, now, "fault: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return SntpSample.notAvailable(server, null, now, "interrupted");
        }
    }

    /** @param server {@code host}, {@code host:port} or {@code [ipv6]:port} */
    public SntpSample ask(String server) {
        Instant at = clock.instant();
        int colon = server.lastIndexOf(':');
        boolean hasPort = colon > 0
                && server.substring(colon + 1).matches("[0-9]{1,5}")
                && (server.indexOf(':') == colon || server.charAt(colon - 1) == ']');
        String host = hasPort ? server.substring(0, colon) : server;
        int port = hasPort ? Integer.parseInt(server.substring(colon + 1)) : NTP_PORT;
        if (port < 1 || port > 65_535) {
            return SntpSample.notAvailable(server, null, at, "no such port");
        }
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            return SntpSample.notAvailable(server, null, at, "unknown-host");
        }
        String numeric = address.getHostAddress();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(address, port);
            return exchange(socket, server, numeric);
        } catch (SocketTimeoutException e) {
            return SntpSample.notAvailable(server, numeric, at, "timeout");
        } catch (IOException | java.io.UncheckedIOException e) {
            return SntpSample.notAvailable(server, numeric, at, "unreachable");
        }
    }

    private SntpSample exchange(DatagramSocket socket, String server, String address) throws IOException {
        byte[] request = new byte[PACKET_BYTES];
        request[0] = 4 << 3 | 3; // version 4, mode 3: client
        long cookie = random.nextLong();
        ByteBuffer.wrap(request).putLong(40, cookie);
        Instant sent = clock.instant();
        long sentNanos = System.nanoTime();
        socket.send(new DatagramPacket(request, request.length));
        String bogus = "timeout";
        byte[] room = new byte[512];
        while (true) {
            long left = timeout.toNanos() - (System.nanoTime() - sentNanos);
            if (left < 1_000_000) {
                return SntpSample.notAvailable(server, address, sent, bogus);
            }
            socket.setSoTimeout((int) (left / 1_000_000));
            DatagramPacket packet = new DatagramPacket(room, room.length);
            try {
                socket.receive(packet);
            } catch (SocketTimeoutException e) {
                return SntpSample.notAvailable(server, address, sent, bogus);
            }
            // the monotonic clock between the two, so that nobody can set the clock during the question
            Instant received = sent.plusNanos(System.nanoTime() - sentNanos);
            ByteBuffer answer = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
            String fault = fault(answer, cookie);
            if (fault == null) {
                return sample(server, address, sent, received, answer);
            }
            bogus = fault; // an answer that is not ours: the real one may still come
        }
    }

    /** Why these bytes are no answer to our question; null if they are. */
    private static @Nullable String fault(ByteBuffer answer, long cookie) {
        if (answer.remaining() < PACKET_BYTES) {
            return "bogus length";
        }
        int mode = answer.get(0) & 7;
        int version = answer.get(0) >> 3 & 7;
        if (mode != 4) {
            return "bogus mode " + mode;
        }
        if (version < 3 || version > 4) {
            return "bogus version " + version;
        }
        return answer.getLong(24) == cookie ? null : "bogus origin";
    }

    private static SntpSample sample(String server, String address, Instant sent, Instant received, ByteBuffer answer) {
        int leap = answer.get(0) >> 6 & 3;
        int stratum = answer.get(1) & 0xff;
        String reference = referenceId(stratum, answer);
        if (stratum == 0) {
            return SntpSample.notAvailable(server, address, sent, "kiss-of-death " + reference);
        }
        long transmitted = answer.getLong(40);
        if (leap == 3 || stratum > 15 || transmitted == 0) {
            return SntpSample.notAvailable(server, address, sent, "unsynchronised");
        }
        Instant arrived = instant(answer.getLong(32), sent);
        Instant left = instant(transmitted, sent);
        double outward = millis(Duration.between(sent, arrived));
        double homeward = millis(Duration.between(received, left));
        double delay = millis(Duration.between(sent, received)) - millis(Duration.between(arrived, left));
        if (left.isBefore(arrived) || delay < 0) {
            return SntpSample.notAvailable(server, address, sent, "bogus times");
        }
        return new SntpSample(
                server,
                address,
                sent,
                true,
                rounded((outward + homeward) / 2),
                rounded(delay),
                stratum,
                reference,
                leap,
                rounded(answer.getInt(4) * MILLIS_PER_SHORT_UNIT),
                rounded((answer.getInt(8) & 0xffff_ffffL) * MILLIS_PER_SHORT_UNIT),
                null);
    }

    private static String referenceId(int stratum, ByteBuffer answer) {
        byte[] id = new byte[4];
        answer.get(12, id);
        if (stratum > 1) {
            return (id[0] & 0xff) + "." + (id[1] & 0xff) + "." + (id[2] & 0xff) + "." + (id[3] & 0xff);
        }
        return new String(id, StandardCharsets.US_ASCII).replaceAll("[^A-Za-z0-9]", "");
    }

    /** NTP time has 32 bits of seconds since 1900 and starts again in 2036: take the era that is nearest to our clock. */
    private static Instant instant(long ntp, Instant near) {
        long seconds = (ntp >>> 32) - SECONDS_1900_TO_1970;
        long nanos = (ntp & 0xffff_ffffL) * 1_000_000_000L >>> 32;
        long era = Math.round((near.getEpochSecond() - seconds) / (double) (1L << 32));
        return Instant.ofEpochSecond(seconds + (era << 32), nanos);
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }

    /** To microseconds: more is noise. */
    private static double rounded(double millis) {
        return Math.round(millis * 1000) / 1000.0;
    }
}
