package org.tiezheng.archive.jobs;

import java.time.Duration;

/**
 * A step an agent has finished.
 *
 * @param name as capture.json has it: {@code [a-z][a-z0-9-]*}, at most 40 characters
 * @param millis how long it took, 0 or more
 * @param outcome {@code OK}, {@code TIMEOUT}, {@code ERROR} or {@code SKIPPED}
 */
public record StepDone(String name, long millis, String outcome) {
    public Duration took() {
        return Duration.ofMillis(millis);
    }
}
