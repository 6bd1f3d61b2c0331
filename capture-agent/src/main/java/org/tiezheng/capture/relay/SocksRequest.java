package org.tiezheng.capture.relay;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the client's side of a SOCKS5 negotiation. Source: RFC 1928, sections 3 and 4; no authentication, CONNECT
 * only. Feed it whatever has arrived; it says what to do next and never throws on what a client may send.
 */
final class SocksRequest {
    /** Greeting 257 bytes, request 262; a client may send more at once. */
    static final int LONGEST_BYTES = 519;

    static final byte SUCCEEDED = 0;
    static final byte GENERAL_FAILURE = 1;
    static final byte NOT_ALLOWED = 2;
    static final byte NETWORK_UNREACHABLE = 3;
    static final byte HOST_UNREACHABLE = 4;
    static final byte REFUSED = 5;
    static final byte COMMAND_NOT_SUPPORTED = 7;
    static final byte ADDRESS_TYPE_NOT_SUPPORTED = 8;

    private static final byte VERSION = 5;

    /** What the relay should do. */
    enum Step {
        /** Wait for more bytes. */
        MORE,
        /** Send {@link #methodReply} and go on. */
        GREETED,
        /** {@link #host} and {@link #port} are known. */
        REQUESTED,
        /** Send {@link #rejection}, if any, and close. */
        REJECTED
    }

    private boolean greeted;
    private String host = "";
    private int port;
    private byte @Nullable [] rejection;
    private String fault = "";

    /** Consumes one message if it is complete, else nothing. */
    Step advance(ByteBuffer in) {
        return greeted ? request(in) : greeting(in);
    }

    private Step greeting(ByteBuffer in) {
        int start = in.position();
        if (in.remaining() >= 1 && in.get(start) != VERSION) {
            return reject(null, "not SOCKS5");
        }
        if (in.remaining() < 2 || in.remaining() < 2 + (in.get(start + 1) & 0xff)) {
            return Step.MORE;
        }
        byte[] methods = new byte[in.get(start + 1) & 0xff];
        in.position(start + 2);
        in.get(methods);
        boolean withoutPassword = false;
        for (byte method : methods) {
            withoutPassword |= method == 0;
        }
        if (!withoutPassword) {
            return reject(new byte[] {VERSION, (byte) 0xff}, "no acceptable method");
        }
        greeted = true;
        return Step.GREETED;
    }

    private Step request(ByteBuffer in) {
        int start = in.position();
        if (in.remaining() < 5) {
            return in.remaining() >= 1 && in.get(start) != VERSION ? reject(null, "not SOCKS5") : Step.MORE;
        }
        int type = in.get(start + 3);
        int length = type == 1 ? 4 : type == 4 ? 16 : type == 3 ? 1 + (in.get(start + 4) & 0xff) : -1;
        if (in.get(start) != VERSION || in.get(start + 2) != 0) {
            return reject(null, "not SOCKS5");
        }
        if (length < 0) {
            return reject(reply(ADDRESS_TYPE_NOT_SUPPORTED), "address type " + type);
        }
        if (in.remaining() < 4 + length + 2) {
            return Step.MORE;
        }
        byte command = in.get(start + 1);
        byte[] address = new byte[length];
        in.position(start + 4);
        in.get(address);
        port = in.getShort() & 0xffff;
        host = type == 3
                ? new String(Arrays.copyOfRange(address, 1, length), StandardCharsets.ISO_8859_1)
                : Addresses.text(HostText.ofBytes(address));
        if (command != 1) {
            return reject(reply(COMMAND_NOT_SUPPORTED), "command " + command);
        }
        return Step.REQUESTED;
    }

    private Step reject(byte @Nullable [] answer, String why) {
        rejection = answer;
        fault = why;
        return Step.REJECTED;
    }

    /** As sent; ISO 8859-1, so that every byte of a malformed name survives into the record. */
    String host() {
        return host;
    }

    int port() {
        return port;
    }

    byte @Nullable [] rejection() {
        return rejection;
    }

    /** Why it was rejected, English. */
    String fault() {
        return fault;
    }

    static byte[] methodReply() {
        return new byte[] {VERSION, 0};
    }

    /** The bound address is none of the client's business: all zeros. */
    static byte[] reply(byte code) {
        return new byte[] {VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0};
    }
}
