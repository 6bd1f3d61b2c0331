package org.tiezheng.archive.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.i18n.LocaleContextHolder;

class FormatTest {
    private final Format format = new Format();

    @Test
    void timesAreBeijingTimesToTheSecond() {
        assertThat(format.time(Instant.parse("2026-11-21T16:00:00.999Z"))).isEqualTo("2026-11-22 00:00:00");
        assertThat(format.iso(Instant.parse("2026-11-21T16:00:00Z"))).isEqualTo("2026-11-22T00:00:00+08:00");
        assertThat(format.time(null)).isEqualTo("—");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 B",
        "999,999 B",
        "1000,1.00 kB",
        "12345,12.3 kB",
        "999499,999 kB",
        "999500,1.00 MB",
        "5000000000,5.00 GB"
    })
    void sizesHaveThreeDigits(long sizeBytes, String text) {
        assertThat(format.bytes(sizeBytes)).isEqualTo(text);
    }

    @Test
    void durationsSpeakTheReadersLanguage() {
        try {
            LocaleContextHolder.setLocale(Locale.SIMPLIFIED_CHINESE);
            assertThat(format.duration(Duration.ofSeconds(125))).isEqualTo("2 分 05 秒");
            LocaleContextHolder.setLocale(Locale.ENGLISH);
            assertThat(format.duration(Duration.ofMillis(1250))).isEqualTo("1.3 s");
            assertThat(format.duration(Duration.ofHours(49))).isEqualTo("2 d 1 h");
        } finally {
            LocaleContextHolder.resetLocaleContext();
        }
    }
}
