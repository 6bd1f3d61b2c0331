package org.tiezheng.evidence.wire.tls;

import java.nio.ByteBuffer;

/** Reads the presentation language of RFC 8446 section 3; never past the end. */
final class Cursor {
    private final ByteBuffer in;

    Cursor(ByteBuffer in) {
        this.in = in;
    }

    Cursor(byte[] in) {
        this(ByteBuffer.wrap(in));
    }

    boolean hasMore() {
        return in.hasRemaining();
    }

    int position() {
        return in.position();
    }

    int u8() throws TlsException {
        need(1);
        return in.get() & 0xff;
    }

    int u16() throws TlsException {
        need(2);
        return in.getShort() & 0xffff;
    }

    int u24() throws TlsException {
        return u8() << 16 | u16();
    }

    byte[] bytes(int length) throws TlsException {
        need(length);
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    /** A part with a reader of its own; this one goes on behind it. */
    Cursor part(int length) throws TlsException {
        need(length);
        ByteBuffer part = in.slice(in.position(), length);
        in.position(in.position() + length);
        return new Cursor(part);
    }

    void end(String what) throws TlsException {
        if (in.hasRemaining()) {
            throw new TlsException(TlsException.HANDSHAKE, what + " has " + in.remaining() + " bytes too many");
        }
    }

    private void need(int length) throws TlsException {
        if (in.remaining() < length) {
            throw new TlsException(TlsException.HANDSHAKE, "a handshake message ends too early");
        }
    }
}
