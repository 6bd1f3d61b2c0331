package org.tiezheng.archive.jobs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an agent says about the job it works on.
 *
 * @param epoch of its lease
 * @param step name of the step it is in, null between steps
 * @param stepsDone all steps finished so far in this attempt, in order; at most {@value #MOST_STEPS}
 * @param bytes recorded on the wire so far
 * @param elapsedMillis since the capture began
 */
public record Heartbeat(long epoch, @Nullable String step, List<StepDone> stepsDone, long bytes, long elapsedMillis) {
    public static final int MOST_STEPS = 64;

    public Heartbeat {
        stepsDone = List.copyOf(stepsDone);
    }
}
