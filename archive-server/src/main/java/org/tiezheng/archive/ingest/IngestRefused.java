package org.tiezheng.archive.ingest;

/** A request that ingest cannot follow. Nothing was changed. */
public final class IngestRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Code code;
    private final long offset;

    /** Why. */
    public enum Code {
        /** No such upload, or not one of whoever asks. */
        NO_SUCH_UPLOAD,
        /** The state does not allow it. */
        WRONG_STATE,
        /** The bytes begin at another place than the ones on disk end: see {@link IngestRefused#offset}. */
        WRONG_OFFSET,
        /** Another request is writing to this upload. */
        BUSY,
        /** More bytes than announced. */
        TOO_MANY_BYTES,
        /** Not all bytes are here yet. */
        INCOMPLETE,
        /** Larger than the limit. */
        TOO_LARGE,
        /** Too many uploads are open. */
        TOO_MANY,
        /** The disk has no room for it. */
        NO_ROOM,
        /** Not a size, digest or name. */
        MALFORMED
    }

    IngestRefused(Code code, String detail) {
        this(code, detail, -1);
    }

    IngestRefused(Code code, String detail, long offset) {
        super(code + ": " + detail);
        this.code = code;
        this.offset = offset;
    }

    public Code code() {
        return code;
    }

    /** Where the next byte belongs; -1 if that is not what this is about. */
    public long offset() {
        return offset;
    }
}
