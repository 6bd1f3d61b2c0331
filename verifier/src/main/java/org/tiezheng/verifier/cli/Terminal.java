package org.tiezheng.verifier.cli;

import java.io.PrintWriter;
import java.time.Clock;

/**
 * What commands need of the outside: streams, texts, time.
 *
 * @param interactive whether {@code err} is a terminal, so that progress may be shown
 */
public record Terminal(PrintWriter out, PrintWriter err, Messages messages, Clock clock, boolean interactive) {
    public static final int VALID = 0;
    public static final int INVALID = 1;
    public static final int INDETERMINATE = 2;
    /** Usage or I/O error. */
    public static final int ERROR = 3;

    /** Prints an error text; returns {@link #ERROR}. */
    public int error(String key, Object... values) {
        err.println(messages.get(key, values));
        return ERROR;
    }
}
