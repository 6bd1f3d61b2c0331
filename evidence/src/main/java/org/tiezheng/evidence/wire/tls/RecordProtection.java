package org.tiezheng.evidence.wire.tls;

import java.security.GeneralSecurityException;

/** Takes the protection off the records of one direction, in order, under one key. */
interface RecordProtection {

    /** Bytes a record may be longer than its content: RFC 5246 section 6.2.3. */
    int MAX_EXPANSION = 2048;

    int MAX_CONTENT = 1 << 14;

    /**
     * Decrypts and authenticates the next record. After a failure the same sequence number is expected again.
     *
     * @param type content type of the record header
     * @param version version of the record header
     * @param out at least {@link #MAX_CONTENT} + {@link #MAX_EXPANSION} bytes
     * @return number of bytes in {@code out}; for TLS 1.3 they still end with content type and padding
     */
    int open(int type, int version, byte[] record, int offset, int length, byte[] out) throws GeneralSecurityException;
}
