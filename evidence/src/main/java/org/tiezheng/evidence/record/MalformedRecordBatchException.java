package org.tiezheng.evidence.record;

/** Bytes that are no batch object. Trying again is useless. */
public final class MalformedRecordBatchException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedRecordBatchException(String message) {
        super(message);
    }

    MalformedRecordBatchException(String message, Throwable cause) {
        super(message, cause);
    }
}
