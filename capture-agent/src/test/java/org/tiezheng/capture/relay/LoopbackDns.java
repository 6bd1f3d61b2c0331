package org.tiezheng.capture.relay;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** A real name server on 127.0.0.1, UDP and TCP on the same port, whose answers a test sets. */
final class LoopbackDns implements Closeable {
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Map<String, List<List<String>>> answers = new ConcurrentHashMap<>();
    private final Map<String, String> aliases = new ConcurrentHashMap<>();
    private final Map<String, Integer> timesAsked = new ConcurrentHashMap<>();
    private final List<Message> queries = Collections.synchronizedList(new ArrayList<>());
    volatile long ttl = 0;
    volatile boolean silentToAaaa;
    volatile boolean refusesEdns;
    volatile boolean truncatesUdp;
    volatile boolean forgesFirst;
    volatile boolean dead;
    volatile UnaryOperator<byte[]> spoil = wire -> wire;

    LoopbackDns() throws IOException {
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        ServerSocket stream = null;
        DatagramSocket datagrams = null;
        for (int attempt = 0; datagrams == null; attempt++) {
            stream = new ServerSocket(0, 10, loopback);
            try {
                datagrams = new DatagramSocket(stream.getLocalPort(), loopback);
            } catch (BindException e) {
                stream.close(); // somebody has that port for UDP: take another
                if (attempt == 20) {
                    throw e;
                }
            }
        }
        udp = datagrams;
        tcp = stream;
        start(this::serveUdp, "test-dns-udp");
        start(this::serveTcp, "test-dns-tcp");
    }

    private static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) udp.getLocalSocketAddress();
    }

    /** Each further call sets what the name resolves to the next time; the last stays. */
    LoopbackDns answer(String name, String... addresses) {
        answers.computeIfAbsent(name, key -> Collections.synchronizedList(new ArrayList<>()))
                .add(List.of(addresses));
        return this;
    }

    LoopbackDns alias(String name, String target) {
        aliases.put(name, target);
        return this;
    }

    /** How often A records of the name were asked for. */
    int timesAsked(String name) {
        return timesAsked.getOrDefault(name, 0);
    }

    List<Message> queries() {
        return queries;
    }

    private void serveUdp() {
        byte[] room = new byte[4096];
        while (!udp.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(room, room.length);
                udp.receive(packet);
                if (dead) {
                    continue;
                }
                Message query = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
                if (forgesFirst) {
                    Message forged = reply(query, false);
                    forged.getHeader().setID(query.getHeader().getID() + 1 & 0xffff);
                    send(forged, packet);
                    Message otherQuestion = Message.newQuery(
                            Record.newRecord(Name.fromConstantString("evil.test."), Type.A, DClass.IN));
                    otherQuestion.getHeader().setID(query.getHeader().getID());
                    otherQuestion.getHeader().setFlag(Flags.QR);
                    send(otherQuestion, packet);
                    udp.send(new DatagramPacket(new byte[] {1, 2, 3}, 3, packet.getSocketAddress()));
                }
                if (silentToAaaa && query.getQuestion().getType() == Type.AAAA) {
                    continue;
                }
                send(reply(query, truncatesUdp), packet);
            } catch (SocketException e) {
                return;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void send(Message message, DatagramPacket asked) throws IOException {
        byte[] wire = spoil.apply(message.toWire());
        udp.send(new DatagramPacket(wire, wire.length, asked.getSocketAddress()));
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try (Socket socket = tcp.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] query = new byte[in.readUnsignedShort()];
                in.readFully(query);
                byte[] wire = reply(new Message(query), false).toWire();
                DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                out.writeShort(wire.length);
                out.write(wire);
            } catch (IOException e) {
                if (tcp.isClosed()) {
                    return;
                }
            }
        }
    }

    private Message reply(Message query, boolean truncated) throws IOException {
        queries.add(query);
        Message reply = new Message(query.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.addRecord(query.getQuestion(), Section.QUESTION);
        if (refusesEdns && query.getOPT() != null) {
            reply.getHeader().setRcode(Rcode.FORMERR);
            return reply;
        }
        if (truncated) {
            reply.getHeader().setFlag(Flags.TC);
            return reply;
        }
        Name owner = query.getQuestion().getName();
        String name = owner.toString(true).toLowerCase(Locale.ROOT);
        String target = aliases.get(name);
        if (target != null) {
            Name next = Name.fromString(target + ".");
            reply.addRecord(new CNAMERecord(owner, DClass.IN, ttl, next), Section.ANSWER);
            owner = next;
            name = target;
        }
        List<List<String>> script = answers.get(name);
        if (script == null) {
            reply.getHeader().setRcode(Rcode.NXDOMAIN);
            return reply;
        }
        int type = query.getQuestion().getType();
        int time = timesAsked.getOrDefault(name, 0);
        List<String> addresses = script.get(Math.min(type == Type.A ? time : Math.max(0, time - 1), script.size() - 1));
        if (type == Type.A) {
            timesAsked.put(name, time + 1);
        }
        reply.addRecord(new TXTRecord(owner, DClass.IN, ttl, "not an address"), Section.ANSWER);
        for (String address : addresses) {
            InetAddress parsed = ((HostText.Literal) HostText.parse(address)).address();
            if (type == Type.A && parsed.getAddress().length == 4) {
                reply.addRecord(new ARecord(owner, DClass.IN, ttl, parsed), Section.ANSWER);
            } else if (type == Type.AAAA && (parsed.getAddress().length == 16 || address.startsWith("::ffff:"))) {
                reply.addRecord(new AAAARecord(owner, DClass.IN, ttl, parsed), Section.ANSWER);
            }
        }
        return reply;
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
