package org.tiezheng.verifier.cli;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;

/** Times as reports print them: Beijing time, which has had no summer time since 1991, and UTC. */
public final class Times {
    private static final ZoneOffset BEIJING = ZoneOffset.ofHours(8);
    private static final DateTimeFormatter FORMAT = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .toFormatter(Locale.ROOT);

    private Times() {}

    public static String beijing(Instant time) {
        return FORMAT.format(OffsetDateTime.ofInstant(time, BEIJING));
    }

    public static String utc(Instant time) {
        return FORMAT.format(OffsetDateTime.ofInstant(time, ZoneOffset.UTC));
    }
}
