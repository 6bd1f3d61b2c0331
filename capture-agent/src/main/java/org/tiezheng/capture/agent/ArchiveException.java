package org.tiezheng.capture.agent;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The server did not do what was asked. What to do next depends on the kind. */
class ArchiveException extends IOException {
    private static final long serialVersionUID = 1;

    ArchiveException(String message) {
        super(message);
    }

    /** No answer, or one that says "later" (5xx, 429): try again. Whether the server did it is not known. */
    static final class Unavailable extends ArchiveException {
        private static final long serialVersionUID = 1;

        private final @Nullable Duration retryAfter;

        Unavailable(String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
            super(message);
            this.retryAfter = retryAfter;
            if (cause != null) {
                initCause(cause);
            }
        }

        /** What the server asked for; null if it did not say. */
        @Nullable
        Duration retryAfter() {
            return retryAfter;
        }
    }

    /** 409, or the job is gone: somebody else has it, or it has ended. Trying again is useless. */
    static final class Lost extends ArchiveException {
        private static final long serialVersionUID = 1;

        Lost(String message) {
            super(message);
        }
    }

    /** 404 or 410 for an upload: the server does not know it any more, so begin again. */
    static final class UnknownUpload extends ArchiveException {
        private static final long serialVersionUID = 1;

        UnknownUpload(String message) {
            super(message);
        }
    }

    /** 401, 403 or another 4xx: the server understood and will not. An administrator must do something. */
    static final class Refused extends ArchiveException {
        private static final long serialVersionUID = 1;

        private final int status;

        Refused(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }
}
