package org.tiezheng.auditor.audit;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * What an entry of the log says of one object.
 *
 * @param sha256 64 hex digits
 * @param sizeBytes as promised; -1 where the entry names none
 * @param from before this it cannot have been stored: its package was not sealed; seconds since 1970, 0 if unknown
 * @param until end of the lock promised, seconds since 1970; 0 for none
 * @param owner package, batch or report it belongs to
 * @param name member of the package, or what kind of object it is
 */
record ObjectRow(String sha256, long sizeBytes, long from, long until, int flags, UUID owner, String name) {
    /** The log says it was destroyed with its package. */
    static final int DISPOSED = 1;
    /** A legal hold is on it. */
    static final int HELD = 2;
    /** A copy of it was replaced once: a damaged version may lie beside the good one. Promises nothing. */
    static final int REPAIRED = 4;
    /** Its bytes are to be read. */
    static final int READ = 8;
    /** Locked for good, until whatever time. */
    static final int PERMANENT = 16;
    /** A disposal of its package runs: it may be gone. */
    static final int GOING = 32;

    boolean is(int flag) {
        return (flags & flag) != 0;
    }

    void write(DataOutputStream out) throws IOException {
        out.write(HexFormat.of().parseHex(sha256));
        out.writeLong(sizeBytes);
        out.writeLong(from);
        out.writeLong(until);
        out.writeByte(flags);
        out.writeLong(owner.getMostSignificantBits());
        out.writeLong(owner.getLeastSignificantBits());
        out.writeUTF(name);
    }

    /** Empty at the end. */
    static Optional<ObjectRow> read(DataInputStream in) throws IOException {
        byte[] sha256 = in.readNBytes(32);
        if (sha256.length == 0) {
            return Optional.empty();
        }
        if (sha256.length < 32) {
            throw new EOFException("a row is cut");
        }
        return Optional.of(new ObjectRow(
                HexFormat.of().formatHex(sha256),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readByte(),
                new UUID(in.readLong(), in.readLong()),
                in.readUTF()));
    }
}
