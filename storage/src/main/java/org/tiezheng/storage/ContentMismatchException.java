package org.tiezheng.storage;

import java.io.IOException;

/** The bytes are not the announced ones: wrong size or wrong digest. Repeating with the same bytes is useless. */
public final class ContentMismatchException extends IOException {
    private static final long serialVersionUID = 1;

    public ContentMismatchException(String message) {
        super(message);
    }
}
