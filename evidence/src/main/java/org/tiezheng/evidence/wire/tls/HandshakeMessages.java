package org.tiezheng.evidence.wire.tls;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Puts handshake messages together, of which one may span records and one record may hold several.
 *
 * <p>Source: RFC 8446 section 5.1.
 */
final class HandshakeMessages {
    static final int HELLO_REQUEST = 0;
    static final int CLIENT_HELLO = 1;
    static final int SERVER_HELLO = 2;
    static final int END_OF_EARLY_DATA = 5;
    static final int ENCRYPTED_EXTENSIONS = 8;
    static final int CERTIFICATE = 11;
    static final int SERVER_KEY_EXCHANGE = 12;
    static final int CERTIFICATE_VERIFY = 15;
    static final int FINISHED = 20;
    static final int KEY_UPDATE = 24;
    static final int COMPRESSED_CERTIFICATE = 25;

    private static final int HEADER = 4;
    /** Far more than any certificate chain; BoringSSL takes 100 KiB. */
    private static final int MAX_MESSAGE = 1 << 18;

    private byte[] buffer = new byte[0];
    private int start;
    private int end;

    /**
     * One message.
     *
     * @param whole with its header of type and length, as the transcript takes it
     */
    record Message(int type, byte[] whole) {
        Cursor body() {
            return new Cursor(
                    ByteBuffer.wrap(whole, HEADER, whole.length - HEADER).slice());
        }
    }

    /** Whether bytes of an unfinished message are waiting. */
    boolean hasPart() {
        return start < end;
    }

    void add(byte[] bytes, int offset, int length) {
        if (start == end) {
            start = 0;
            end = 0;
        }
        if (end + length > buffer.length) {
            byte[] larger = new byte[Math.max(2 * (end - start), end - start + length)];
            System.arraycopy(buffer, start, larger, 0, end - start);
            buffer = larger;
            end -= start;
            start = 0;
        }
        System.arraycopy(bytes, offset, buffer, end, length);
        end += length;
    }

    /** @return null if no message is whole yet */
    @Nullable
    Message next() throws TlsException {
        if (end - start < HEADER) {
            return null;
        }
        int length = (buffer[start + 1] & 0xff) << 16 | (buffer[start + 2] & 0xff) << 8 | buffer[start + 3] & 0xff;
        if (length > MAX_MESSAGE) {
            throw new TlsException(TlsException.HANDSHAKE, "a handshake message of " + length + " bytes");
        }
        if (end - start < HEADER + length) {
            return null;
        }
        byte[] whole = java.util.Arrays.copyOfRange(buffer, start, start + HEADER + length);
        start += whole.length;
        if (start == end) {
            buffer = new byte[0];
            start = 0;
            end = 0;
        }
        return new Message(whole[0] & 0xff, whole);
    }
}
