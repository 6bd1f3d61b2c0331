package org.tiezheng.evidence.wire;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * The IP, TCP and UDP headers of the synthetic packets, and their checksums.
 *
 * <p>Source: RFC 791, RFC 8200, RFC 9293, RFC 768; checksum RFC 1071.
 */
final class Packets {
    /** 65,535 less an IPv4 and a TCP header: no segment carries more, IPv6 included. */
    static final int MAX_SEGMENT = 65_495;

    static final int TCP = 6;
    static final int UDP = 17;
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;

    static final int IPV4_HEADER = 20;
    static final int IPV6_HEADER = 40;
    static final int TCP_HEADER = 20;
    static final int UDP_HEADER = 8;
    /** Window scale 14 and a filler, on SYN packets, so that no tool thinks a window was overrun. */
    static final int SYN_OPTIONS = 0x01_03_03_0e;

    static final InetAddress AGENT_IPV4 = address(10, 0, 0, 1);
    static final InetAddress AGENT_IPV6 = address(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    private Packets() {}

    /** The address that stands for the agent when it speaks to {@code server}. */
    static InetAddress agentSide(InetAddress server) {
        return server instanceof Inet6Address ? AGENT_IPV6 : AGENT_IPV4;
    }

    static int ipHeaderLength(InetAddress address) {
        return address instanceof Inet4Address ? IPV4_HEADER : IPV6_HEADER;
    }

    /** Writes an IP header for {@code payloadLength} bytes at the position of {@code out}. */
    static void putIpHeader(ByteBuffer out, int protocol, InetAddress from, InetAddress to, int payloadLength) {
        int start = out.position();
        if (from instanceof Inet4Address) {
            out.putShort((short) 0x4500).putShort((short) (IPV4_HEADER + payloadLength));
            out.putInt(0x0000_4000); // identification 0, do not fragment
            out.put((byte) 64).put((byte) protocol).putShort((short) 0);
            out.put(from.getAddress()).put(to.getAddress());
            out.putShort(start + 10, (short) fold(sum(out, start, IPV4_HEADER)));
        } else {
            out.putInt(0x6000_0000).putShort((short) payloadLength);
            out.put((byte) protocol).put((byte) 64);
            out.put(from.getAddress()).put(to.getAddress());
        }
    }

    /**
     * Writes a TCP header; the payload's own sum is passed in so that it can be computed before the lock is
     * taken.
     */
    static void putTcpHeader(
            ByteBuffer out,
            InetSocketAddress from,
            InetSocketAddress to,
            int sequence,
            int acknowledgement,
            int flags,
            int payloadLength,
            long payloadSum) {
        int start = out.position();
        boolean syn = (flags & SYN) != 0;
        int headerLength = TCP_HEADER + (syn ? Integer.BYTES : 0);
        out.putShort((short) from.getPort()).putShort((short) to.getPort());
        out.putInt(sequence).putInt(acknowledgement);
        out.put((byte) (headerLength / 4 << 4)).put((byte) flags).putShort((short) 0xffff);
        out.putInt(0); // checksum, urgent pointer
        if (syn) {
            out.putInt(SYN_OPTIONS);
        }
        long sum = pseudoHeaderSum(TCP, from.getAddress(), to.getAddress(), headerLength + payloadLength)
                + sum(out, start, headerLength)
                + payloadSum;
        out.putShort(start + 16, (short) fold(sum));
    }

    static void putUdpHeader(
            ByteBuffer out, InetSocketAddress from, InetSocketAddress to, int payloadLength, long payloadSum) {
        int start = out.position();
        int length = UDP_HEADER + payloadLength;
        out.putShort((short) from.getPort()).putShort((short) to.getPort());
        out.putShort((short) length).putShort((short) 0);
        int checksum = fold(pseudoHeaderSum(UDP, from.getAddress(), to.getAddress(), length)
                + sum(out, start, UDP_HEADER)
                + payloadSum);
        out.putShort(start + 6, (short) (checksum == 0 ? 0xffff : checksum));
    }

    /** What TCP and UDP checksums cover besides their own segment. */
    static long pseudoHeaderSum(int protocol, InetAddress from, InetAddress to, int length) {
        ByteBuffer addresses = ByteBuffer.wrap(join(from.getAddress(), to.getAddress()));
        return sum(addresses, 0, addresses.capacity()) + protocol + length;
    }

    /** Unfolded sum of big-endian 16-bit words; an odd last byte counts as the high half of a word. */
    static long sum(ByteBuffer bytes, int offset, int length) {
        long sum = 0;
        int i = offset;
        int end = offset + length;
        for (; i + Integer.BYTES <= end; i += Integer.BYTES) {
            // A 32-bit word is two 16-bit words: folding adds its halves, whatever order they come in.
            sum += bytes.getInt(i) & 0xffff_ffffL;
        }
        if (i + Short.BYTES <= end) {
            sum += bytes.getShort(i) & 0xffff;
            i += Short.BYTES;
        }
        if (i < end) {
            sum += (bytes.get(i) & 0xff) << 8;
        }
        return sum;
    }

    /** The checksum: 16-bit one's complement of the folded sum. 0 for bytes that hold their right checksum. */
    static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) (~folded & 0xffff);
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static InetAddress address(int... bytes) {
        byte[] raw = new byte[bytes.length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = (byte) bytes[i];
        }
        try {
            return InetAddress.getByAddress(raw);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of 4 or 16 bytes is always known", e);
        }
    }
}
