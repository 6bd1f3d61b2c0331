package org.tiezheng.evidence.warc;

import java.io.IOException;

/** Bytes that are not the WARC they should be; the message says where and what, without bytes of the file. */
public final class WarcException extends IOException {
    private static final long serialVersionUID = 1L;

    WarcException(String message) {
        super(message);
    }
}
