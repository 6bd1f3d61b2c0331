package org.tiezheng.archive.evidencepage.screenshot;

/** The bytes are no PNG this reader takes apart. The message is ours and safe to show. */
public final class UnsupportedPictureException extends Exception {
    private static final long serialVersionUID = 1;

    public UnsupportedPictureException(String message) {
        super(message);
    }
}
