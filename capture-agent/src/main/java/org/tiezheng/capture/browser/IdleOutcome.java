package org.tiezheng.capture.browser;

import java.time.Duration;

/**
 * How waiting for silence went.
 *
 * @param idle nothing was under way and the line was silent for as long as asked
 * @param inFlight requests still under way at the end
 * @param took how long we waited
 */
public record IdleOutcome(boolean idle, int inFlight, Duration took) {}
