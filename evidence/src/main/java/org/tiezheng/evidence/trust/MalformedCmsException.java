package org.tiezheng.evidence.trust;

import org.jspecify.annotations.Nullable;

/** Bytes that are not CMS SignedData of the shape we accept. Trying again is useless. */
public final class MalformedCmsException extends Exception {
    private static final long serialVersionUID = 1;

    public MalformedCmsException(String message) {
        super(message);
    }

    public MalformedCmsException(@Nullable String message, Throwable cause) {
        super(message, cause);
    }
}
