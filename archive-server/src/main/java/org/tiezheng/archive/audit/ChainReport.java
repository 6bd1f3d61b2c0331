package org.tiezheng.archive.audit;

import java.util.List;

/**
 * What {@link ChainVerifier} found.
 *
 * @param rows rows read
 * @param head the last row read
 * @param breaks what is wrong, at most {@link ChainVerifier#MAX_BREAKS}, in the order of the rows
 * @param truncated true if there were more breaks than listed
 */
public record ChainReport(long rows, ChainHead head, List<Break> breaks, boolean truncated) {
    public ChainReport {
        breaks = List.copyOf(breaks);
    }

    public boolean isIntact() {
        return breaks.isEmpty();
    }

    /** @param seq the row at which it shows */
    public record Break(long seq, Kind kind, String detail) {}

    /** What can be wrong with a row. */
    public enum Kind {
        /** One or more numbers are not there. */
        MISSING,
        /** The row's hash is not that of its content. */
        CHANGED,
        /** The row names another predecessor than the row before it. */
        UNLINKED,
        /** The log ends before a head that was noted earlier. */
        CUT_OFF,
        /** The row at a noted head has another hash: the log was written anew. */
        REWRITTEN,
        /** The row holds something the server never writes. */
        UNREADABLE
    }
}
