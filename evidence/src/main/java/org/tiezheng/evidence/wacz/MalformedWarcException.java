package org.tiezheng.evidence.wacz;

import java.io.IOException;

/** The bytes are not a WARC file as this format writes it. Says nothing about the disk: other IOExceptions do. */
public final class MalformedWarcException extends IOException {
    private static final long serialVersionUID = 1;

    MalformedWarcException(String message) {
        super(message);
    }
}
