package org.tiezheng.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The store answered, and the version is not there. */
public final class ObjectMissingException extends IOException {
    private static final long serialVersionUID = 1;

    public ObjectMissingException(ObjectVersion version) {
        this(version, null);
    }

    public ObjectMissingException(ObjectVersion version, @Nullable Throwable cause) {
        super("no such object version: " + version, cause);
    }
}
