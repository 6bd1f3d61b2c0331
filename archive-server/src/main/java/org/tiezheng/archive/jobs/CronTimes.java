package org.tiezheng.archive.jobs;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.support.CronExpression;
import org.tiezheng.archive.jobs.JobRefused.Code;

/**
 * When a schedule runs: a cron expression in the time of Beijing, which knows no summer time, so no hour is missing or twice.
 *
 * @param text minute hour day-of-month month day-of-week, as crontab(5) has it; a sixth field in front is seconds
 */
record CronTimes(String text) {
    /** A shop is not to be asked for a page more often than that by a schedule. */
    static final Duration LEAST = Duration.ofMinutes(5);

    private static final ZoneId ZONE = ZoneId.of("Asia/Shanghai");
    private static final int LOOK_AHEAD = 200;

    /** @throws JobRefused if it is no cron expression, or runs more often than every 5 minutes */
    static CronTimes parse(String text, Instant now) {
        String trimmed = text.strip().replaceAll("\\s+", " ");
        String full = trimmed.split(" ").length == 5 ? "0 " + trimmed : trimmed;
        CronTimes times = new CronTimes(full);
        try {
            Instant at = now;
            for (int i = 0; i < LOOK_AHEAD; i++) {
                Instant next = times.after(at);
                if (next == null) {
                    break;
                }
                if (i > 0 && Duration.between(at, next).compareTo(LEAST) < 0) {
                    throw new JobRefused(Code.CRON, shorten(text));
                }
                at = next;
            }
        } catch (IllegalArgumentException e) {
            throw new JobRefused(Code.CRON, shorten(text));
        }
        return times;
    }

    /** The first time after {@code instant}; null if there is none. */
    @Nullable
    Instant after(Instant instant) {
        ZonedDateTime next = CronExpression.parse(text).next(instant.atZone(ZONE));
        return next == null ? null : next.toInstant();
    }

    private static String shorten(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100);
    }
}
