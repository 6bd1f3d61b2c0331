package org.tiezheng.archive.evidencepage.capture;

/** A file of the package is not what its name promises. The message is ours and safe to show. */
public final class UnreadableFileException extends Exception {
    private static final long serialVersionUID = 1;

    public UnreadableFileException(String message) {
        super(message);
    }

    public UnreadableFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
