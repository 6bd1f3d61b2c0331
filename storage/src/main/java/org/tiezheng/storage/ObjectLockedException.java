package org.tiezheng.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The version is under retention or legal hold, and still there. Repeating is useless. */
public final class ObjectLockedException extends IOException {
    private static final long serialVersionUID = 1;

    public ObjectLockedException(String message) {
        super(message);
    }

    public ObjectLockedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
