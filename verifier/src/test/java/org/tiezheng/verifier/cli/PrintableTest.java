package org.tiezheng.verifier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
    @Test
    void chineseAndSpacesStay() {
        assertThat(Printable.of("铁证 a-b/c.json，😀")).isEqualTo("铁证 a-b/c.json，😀");
    }

    @Test
    void controlsLineEndsAndDirectionMarksAreSpelledOut() {
        assertThat(Printable.of("a\u001b[31mb\nc\u202ed\u009be\u2028f\ud800g"))
                .isEqualTo("a\\u001b[31mb\\u000ac\\u202ed\\u009be\\u2028f\\ud800g");
    }

    @Test
    void aBackslashCannotFakeAnEscape() {
        assertThat(Printable.of("\\u001b")).isEqualTo("\\u005cu001b");
    }

    @Test
    void charactersBeyondTheBasicPlaneAreSpelledAsTwo() {
        assertThat(Printable.of("\udb40\udc01")).isEqualTo("\\udb40\\udc01");
    }
}
