package org.tiezheng.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The version is locked for longer than asked; nothing was changed. Repeating is useless. */
public final class RetentionShorterException extends IOException {
    private static final long serialVersionUID = 1;

    public RetentionShorterException(String message) {
        super(message);
    }

    public RetentionShorterException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
