package org.tiezheng.capture.relay;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Asks one DNS server for the A and AAAA records of a name and keeps the messages as they were on the wire, which
 * is why this does its own sending: dnsjava's resolvers hand out parsed messages only.
 *
 * <p>Both questions go out at once from one connected socket with a random port; an answer counts only if it comes from the
 * server asked and repeats id and question (RFC 5452). A truncated answer is asked again by TCP (RFC 7766). Thread-safe.
 */
final class DnsExchange implements AutoCloseable {
    /** RFC 9715: what passes every path unfragmented. */
    private static final int UDP_PAYLOAD_BYTES = 1232;
    /** Servers that do not know AAAA keep silent; do not let the page wait for them. */
    private static final Duration GRACE_FOR_THE_OTHER = Duration.ofSeconds(1);

    /** What one server said. */
    record Reply(List<DnsLookup> lookups, List<Message> answers) {}

    private final Clock clock;
    private final Duration timeout;
    private final Set<AutoCloseable> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** @param timeout for each of: both answers by UDP, one answer by TCP */
    DnsExchange(Clock clock, Duration timeout) {
        this.clock = clock;
        this.timeout = timeout;
    }

    /** Never fails: what went wrong is the outcome of the lookups. */
    Reply ask(InetSocketAddress server, Name name, boolean edns) {
        Map<Integer, Pending> waiting = new LinkedHashMap<>();
        for (int type : new int[] {Type.A, Type.AAAA}) {
            Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
            if (edns) {
                query.addRecord(new OPTRecord(UDP_PAYLOAD_BYTES, 0, 0), Section.ADDITIONAL);
            }
            while (waiting.containsKey(query.getHeader().getID())) {
                query.getHeader().setID(query.getHeader().getID() + 1 & 0xffff);
            }
            waiting.put(query.getHeader().getID(), new Pending(query, Type.string(type)));
        }
        List<Pending> questions = List.copyOf(waiting.values());
        byUdp(server, waiting);
        List<DnsLookup> lookups = new ArrayList<>();
        List<Message> answers = new ArrayList<>();
        for (Pending question : questions) {
            lookups.add(question.lookup(server, "udp"));
            if (question.outcome.equals("truncated")) {
                Pending again = new Pending(question.query, question.type);
                byTcp(server, again);
                lookups.add(again.lookup(server, "tcp"));
                question.answer = again.answer;
            }
            if (question.answer != null) {
                answers.add(question.answer);
            }
        }
        return new Reply(lookups, answers);
    }

    private void byUdp(InetSocketAddress server, Map<Integer, Pending> waiting) {
        try (DatagramSocket socket = new DatagramSocket()) {
            register(socket);
            try {
                socket.connect(server);
                for (Pending question : waiting.values()) {
                    question.sentAt = clock.instant();
                    socket.send(new DatagramPacket(question.wire, question.wire.length));
                }
                receive(socket, waiting);
            } finally {
                open.remove(socket);
            }
        } catch (SocketTimeoutException e) {
            waiting.values().forEach(question -> question.outcome = "timeout");
        } catch (IOException e) {
            waiting.values().forEach(question -> question.outcome = "unreachable");
        }
    }

    private void receive(DatagramSocket socket, Map<Integer, Pending> waiting) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        byte[] room = new byte[4096];
        while (!waiting.isEmpty()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new SocketTimeoutException("no answer");
            }
            socket.setSoTimeout((int) left);
            DatagramPacket packet = new DatagramPacket(room, room.length);
            socket.receive(packet);
            byte[] wire = Arrays.copyOf(packet.getData(), packet.getLength());
            Pending question = wire.length < 2 ? null : waiting.get((wire[0] & 0xff) << 8 | (wire[1] & 0xff));
            if (question != null && question.accept(wire, clock.instant())) {
                waiting.remove(question.query.getHeader().getID());
                deadline = Math.min(deadline, System.nanoTime() + GRACE_FOR_THE_OTHER.toNanos());
            }
        }
    }

    private void byTcp(InetSocketAddress server, Pending question) {
        question.sentAt = clock.instant();
        try (Socket socket = new Socket()) {
            register(socket);
            try {
                socket.connect(server, (int) timeout.toMillis());
                socket.setSoTimeout((int) timeout.toMillis());
                OutputStream out = socket.getOutputStream();
                byte[] framed = new byte[question.wire.length + 2];
                framed[0] = (byte) (question.wire.length >> 8);
                framed[1] = (byte) question.wire.length;
                System.arraycopy(question.wire, 0, framed, 2, question.wire.length);
                out.write(framed);
                out.flush();
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] wire = new byte[in.readUnsignedShort()];
                in.readFully(wire);
                if (!question.accept(wire, clock.instant())) {
                    question.outcome = "malformed";
                }
            } finally {
                open.remove(socket);
            }
        } catch (SocketTimeoutException e) {
            question.outcome = "timeout";
        } catch (IOException e) {
            question.outcome = "unreachable";
        }
    }

    private void register(AutoCloseable socket) throws IOException {
        open.add(socket);
        if (closed) {
            open.remove(socket);
            throw new IOException("the relay is closing");
        }
    }

    /** Ends waiting questions at once. */
    @Override
    public void close() {
        closed = true;
        for (AutoCloseable socket : open) {
            try {
                socket.close();
            } catch (Exception e) {
                // closing a socket of ours that only read: nothing is lost, and nobody could act on it
                continue;
            }
        }
    }

    private final class Pending {
        private final Message query;
        private final String type;
        private final byte[] wire;
        private Instant sentAt;
        private @Nullable Instant answeredAt;
        private byte @Nullable [] response;
        private @Nullable Message answer;
        private String outcome = "timeout";

        Pending(Message query, String type) {
            this.query = query;
            this.type = type;
            this.wire = query.toWire();
            this.sentAt = clock.instant();
        }

        /** @return false if these bytes do not answer this question: keep waiting */
        boolean accept(byte[] bytes, Instant at) {
            Message parsed;
            try {
                parsed = new Message(bytes);
            } catch (IOException | RuntimeException e) {
                // dnsjava's record parsers see what strangers sent; whatever they throw, it is no answer
                outcome = "malformed";
                response = bytes;
                return false;
            }
            Record asked = query.getQuestion();
            Record repeated = parsed.getQuestion();
            boolean failedEarly = parsed.getRcode() == Rcode.FORMERR && repeated == null;
            if (parsed.getHeader().getID() != query.getHeader().getID()
                    || !parsed.getHeader().getFlag(Flags.QR)
                    || !(failedEarly || asked.equals(repeated))) {
                return false;
            }
            response = bytes;
            answeredAt = at;
            if (parsed.getHeader().getFlag(Flags.TC)) {
                outcome = "truncated";
            } else {
                outcome = Rcode.string(parsed.getRcode());
                answer = parsed;
            }
            return true;
        }

        DnsLookup lookup(InetSocketAddress server, String transport) {
            Base64.Encoder text = Base64.getEncoder();
            return new DnsLookup(
                    Addresses.text(server),
                    transport,
                    type,
                    sentAt,
                    answeredAt,
                    text.encodeToString(wire),
                    response == null ? null : text.encodeToString(response),
                    outcome);
        }
    }
}
