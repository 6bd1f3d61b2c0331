package org.tiezheng.capture.browser;

/**
 * Bounds of a journal. What does not fit is counted and said in its last line.
 *
 * @param eventBytes size of the event file
 * @param consoleBytes size of the console file
 * @param requests entries kept in memory for the comparison
 */
public record JournalLimits(long eventBytes, long consoleBytes, int requests) {
    public static final JournalLimits DEFAULT = new JournalLimits(64L << 20, 8L << 20, 20_000);
}
