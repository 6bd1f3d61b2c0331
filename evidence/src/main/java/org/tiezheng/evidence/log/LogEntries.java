package org.tiezheng.evidence.log;

import java.nio.charset.StandardCharsets;

/** Reads entries of the log. */
public final class LogEntries {
    private static final byte[] EVENT = "{\"v\":1,\"kind\":".getBytes(StandardCharsets.US_ASCII);

    private LogEntries() {}

    /** @throws MalformedLogException if {@code entry} is not exactly the line of a package or of an event of a known kind */
    public static LogEntry parse(byte[] entry) throws MalformedLogException {
        return startsAsEvent(entry) ? LogEvent.parse(entry) : LogLeaf.parse(entry);
    }

    private static boolean startsAsEvent(byte[] entry) {
        return entry.length >= EVENT.length && java.util.Arrays.equals(entry, 0, EVENT.length, EVENT, 0, EVENT.length);
    }
}
