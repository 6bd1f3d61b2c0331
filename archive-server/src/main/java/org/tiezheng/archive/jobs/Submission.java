package org.tiezheng.archive.jobs;

import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.jobs.JobRefused.Code;

/**
 * What an officer asks for, without the addresses.
 *
 * @param secondOfficer account of the second officer; must be given, the check for it is part of submitting
 * @param priority 1 (first) to 9; {@value #USUAL} is usual
 */
public record Submission(
        CaptureOptions options,
        CaptureContext context,
        @Nullable String secondOfficer,
        int priority) {
    public static final int USUAL = 5;

    /** @throws JobRefused if the priority is out of its range */
    public Submission {
        if (priority < 1 || priority > 9) {
            throw new JobRefused(Code.OPTION, "priority");
        }
    }
}
