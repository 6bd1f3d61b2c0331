package org.tiezheng.archive.web;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.context.i18n.LocaleContextHolder;

/**
 * How the screens write times, sizes and counts; in templates {@code @fmt}. An absent value is a dash, so that a template
 * needs no condition for it.
 */
public final class Format {
    /** All times are shown in this zone, in both languages, and the page says so. */
    public static final ZoneId BEIJING = ZoneId.of("Asia/Shanghai");

    private static final String ABSENT = "—";
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(BEIJING);
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("yyyy-MM-dd", Locale.ROOT).withZone(BEIJING);
    private static final DateTimeFormatter ISO =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx", Locale.ROOT).withZone(BEIJING);
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};

    /** Beijing time to the second: {@code 2026-11-22 08:25:58}. */
    public String time(@Nullable Instant instant) {
        return instant == null ? ABSENT : SECONDS.format(instant);
    }

    /** The day in Beijing: {@code 2026-11-22}. */
    public String day(@Nullable Instant instant) {
        return instant == null ? ABSENT : DAY.format(instant);
    }

    /** For {@code <time datetime>} and JSON: {@code 2026-11-22T08:25:58+08:00}. */
    public String iso(Instant instant) {
        return ISO.format(instant);
    }

    /** Decimal units, three significant digits: {@code 12.3 MB}. Exact bytes belong into the title attribute. */
    public String bytes(@Nullable Number sizeBytes) {
        if (sizeBytes == null) {
            return ABSENT;
        }
        double value = sizeBytes.doubleValue();
        int unit = 0;
        // 999.5 would be written as 1000.
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", value, UNITS[unit]);
    }

    /** Digits in groups of three: {@code 12,345}. */
    public String number(@Nullable Number number) {
        return number == null ? ABSENT : String.format(Locale.ROOT, "%,d", number.longValue());
    }

    /** Two largest units: {@code 2 分 05 秒}, {@code 2 min 05 s}. Below a minute one decimal. */
    public String duration(@Nullable Duration duration) {
        if (duration == null) {
            return ABSENT;
        }
        boolean chinese = LocaleContextHolder.getLocale().getLanguage().equals("zh");
        String days = chinese ? "天" : "d";
        String hours = chinese ? "小时" : "h";
        String minutes = chinese ? "分" : "min";
        String seconds = chinese ? "秒" : "s";
        if (duration.toDays() > 0) {
            return String.format(Locale.ROOT, "%d %s %d %s", duration.toDays(), days, duration.toHoursPart(), hours);
        }
        if (duration.toHours() > 0) {
            return String.format(
                    Locale.ROOT, "%d %s %02d %s", duration.toHours(), hours, duration.toMinutesPart(), minutes);
        }
        if (duration.toMinutes() > 0) {
            return String.format(
                    Locale.ROOT, "%d %s %02d %s", duration.toMinutes(), minutes, duration.toSecondsPart(), seconds);
        }
        return String.format(Locale.ROOT, "%.1f %s", duration.toMillis() / 1000.0, seconds);
    }

    /** First 12 digits of a digest, for tables; the whole belongs into the title attribute and a copy button. */
    public String digest(@Nullable String hex) {
        return hex == null ? ABSENT : hex.length() <= 12 ? hex : hex.substring(0, 12) + "…";
    }
}
