package org.tiezheng.verifier.cli;

import java.io.PrintWriter;
import java.time.Clock;

/**
 * What commands need of the outside: streams, texts, time.
 *
 * @param interactive whether {@code err} is a terminal, so that progress may be shown
 */
record Terminal(PrintWriter out, PrintWriter err, Messages messages, Clock clock, boolean interactive) {
    static final int VALID = 0;
    static final int INVALID = 1;
    static final int INDETERMINATE = 2;
    /** Usage or I/O error. */
    static final int ERROR = 3;

    /** Prints an error text; returns {@link #ERROR}. */
    int error(String key, Object... values) {
        err.println(messages.get(key, values));
        return ERROR;
    }
}
