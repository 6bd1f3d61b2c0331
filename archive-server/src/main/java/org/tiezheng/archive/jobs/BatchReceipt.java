package org.tiezheng.archive.jobs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a submitted list. Either jobs were made for every line but the ones named here, or for none.
 *
 * @param batchId null if nothing was submitted
 * @param jobs number of jobs made
 * @param problems lines for which there is no job, in their order
 */
public record BatchReceipt(@Nullable Long batchId, int jobs, List<Problem> problems) {
    /** Why a line made no job. */
    public enum Why {
        /** No address that can be captured. */
        ADDRESS,
        /** The same page as an earlier line. Never a reason to refuse the list. */
        DUPLICATE,
        /** A text is too long or has control characters. */
        TEXT,
        /** Longer than 16,384 bytes, not UTF-8 or GB 18030, or not CSV. */
        UNREADABLE
    }

    /**
     * @param line number of the line, from 1
     * @param text its beginning, at most 200 characters
     */
    public record Problem(int line, String text, Why why) {}

    public BatchReceipt {
        problems = List.copyOf(problems);
    }
}
