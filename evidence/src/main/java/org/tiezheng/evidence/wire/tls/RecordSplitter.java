package org.tiezheng.evidence.wire.tls;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Cuts the bytes of one direction into TLS records; holds at most one.
 *
 * <p>Source: RFC 8446 section 5.1.
 */
final class RecordSplitter {
    static final int CHANGE_CIPHER_SPEC = 20;
    static final int ALERT = 21;
    static final int HANDSHAKE = 22;
    static final int APPLICATION_DATA = 23;

    static final int HEADER = 5;
    private static final int MAX_FRAGMENT = RecordProtection.MAX_CONTENT + RecordProtection.MAX_EXPANSION;

    private final byte[] record = new byte[HEADER + MAX_FRAGMENT];
    private int filled;

    /** Takes a record; the bytes are valid during the call. */
    interface Handler {
        void record(int type, int version, byte[] bytes, int offset, int length) throws IOException, TlsException;
    }

    /** Bytes of a record whose end has not come. */
    int pendingBytes() {
        return filled;
    }

    /**
     * Hands on every record that is whole. On an exception the rest of {@code data} is not consumed, the record it
     * happened in is.
     */
    void add(ByteBuffer data, Handler handler) throws IOException, TlsException {
        while (data.hasRemaining()) {
            fill(data, HEADER);
            if (filled < HEADER) {
                return;
            }
            int type = record[0] & 0xff;
            int version = (record[1] & 0xff) << 8 | record[2] & 0xff;
            int length = (record[3] & 0xff) << 8 | record[4] & 0xff;
            if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA || version >> 8 != 3 || length > MAX_FRAGMENT) {
                throw new TlsException(TlsException.RECORD, "no record header: type " + type + ", length " + length);
            }
            fill(data, HEADER + length);
            if (filled < HEADER + length) {
                return;
            }
            filled = 0;
            handler.record(type, version, record, HEADER, length);
        }
    }

    private void fill(ByteBuffer data, int wanted) {
        int more = Math.min(data.remaining(), wanted - filled);
        if (more > 0) {
            data.get(record, filled, more);
            filled += more;
        }
    }
}
