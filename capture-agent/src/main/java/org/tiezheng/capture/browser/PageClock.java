package org.tiezheng.capture.browser;

import java.time.Duration;
import java.time.Instant;

/**
 * The page's clock against ours.
 *
 * @param ours middle of the question's round trip
 * @param page what {@code performance.timeOrigin + performance.now()} gave
 * @param roundTrip bound of the error
 * @param timeZone the page's, IANA name
 * @param offsetMinutes the page's offset from UTC, east positive
 */
public record PageClock(Instant ours, Instant page, Duration roundTrip, String timeZone, int offsetMinutes) {
    public Duration difference() {
        return Duration.between(ours, page);
    }
}
