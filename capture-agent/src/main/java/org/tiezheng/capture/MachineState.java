package org.tiezheng.capture;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.environment.ClockProof;

/**
 * What the result says of the machine in a line or two; capture.json has it in full under {@code clock} and {@code
 * environment.survey}.
 *
 * @param clock whether the clock was proved right
 * @param worstOffsetMs the largest offset a time server gave, without its sign; null if none answered
 * @param limitMs above it the clock counts as wrong
 * @param failedChecks cleanliness checks that failed, as their stable words
 */
record MachineState(
        ClockProof.Judgement clock, @Nullable Double worstOffsetMs, long limitMs, List<String> failedChecks) {

    MachineState {
        failedChecks = List.copyOf(failedChecks);
    }
}
