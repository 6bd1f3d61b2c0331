package org.tiezheng.archive.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TotpTest {
    private static final byte[] SECRET = "12345678901234567890".getBytes(StandardCharsets.US_ASCII);

    /** RFC 6238, appendix B, the rows of SHA-1. */
    @ParameterizedTest
    @CsvSource({
        "59, 94287082",
        "1111111109, 07081804",
        "1111111111, 14050471",
        "1234567890, 89005924",
        "2000000000, 69279037",
        "20000000000, 65353130"
    })
    void codesAreThoseOfTheStandard(long seconds, String code) {
        assertThat(Totp.code(SECRET, Totp.stepAt(Instant.ofEpochSecond(seconds)), 8))
                .isEqualTo(code);
    }

    /** RFC 4226, appendix D. */
    @ParameterizedTest
    @CsvSource({"0, 755224", "1, 287082", "2, 359152", "7, 162583", "9, 520489"})
    void sixDigitsAreThoseOfTheStandard(long counter, String code) {
        assertThat(Totp.code(SECRET, counter)).isEqualTo(code);
    }

    @Test
    void neighbouringStepsCountAndUsedOnesDoNot() {
        Instant now = Instant.ofEpochSecond(1111111111);
        long present = Totp.stepAt(now);
        for (long step = present - 1; step <= present + 1; step++) {
            assertThat(Totp.matchingStep(SECRET, Totp.code(SECRET, step), now, 0))
                    .hasValue(step);
        }
        assertThat(Totp.matchingStep(SECRET, Totp.code(SECRET, present - 2), now, 0))
                .isEmpty();
        assertThat(Totp.matchingStep(SECRET, Totp.code(SECRET, present + 2), now, 0))
                .isEmpty();
        assertThat(Totp.matchingStep(SECRET, Totp.code(SECRET, present), now, present))
                .isEmpty();
        assertThat(Totp.matchingStep(SECRET, "０１２３４５", now, 0)).isEmpty();
    }

    /** RFC 4648, section 10, without the padding. */
    @ParameterizedTest
    @CsvSource({"f, MY", "fo, MZXQ", "foo, MZXW6", "foob, MZXW6YQ", "fooba, MZXW6YTB", "foobar, MZXW6YTBOI"})
    void base32IsThatOfTheStandard(String text, String encoded) {
        assertThat(Base32.encode(text.getBytes(StandardCharsets.US_ASCII))).isEqualTo(encoded);
    }

    @Test
    void addressIsWhatAppsRead() {
        assertThat(Totp.uri("Tiezheng", "zhi.fa@example", SECRET))
                .isEqualTo("otpauth://totp/Tiezheng:zhi.fa%40example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                        + "&issuer=Tiezheng");
    }
}
