package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.archive.filing.CodePattern.BadPatternException;
import org.tiezheng.archive.filing.CodePattern.Parts;

class CodePatternTest {
    private static final Parts PARTS = new Parts("0123", "XZCF", 2026, "D30", "WJ", 7, 42);

    @Test
    void whatAPatternWritesItReadsAgain() throws BadPatternException {
        CodePattern item = CodePattern.item(CodePattern.DEFAULT_ITEM);
        assertThat(item.format(PARTS)).isEqualTo("0123-XZCF·2026-D30-WJ-000042");
        assertThat(item.series(PARTS)).isEqualTo("0123-XZCF·2026-D30-WJ-");
        assertThat(item.parse("0123-XZCF·2026-D30-WJ-000042"))
                .contains(new Parts("0123", "XZCF", 2026, "D30", "WJ", 0, 42));
        CodePattern volume = CodePattern.volume(CodePattern.DEFAULT_VOLUME);
        assertThat(volume.format(PARTS)).isEqualTo("0123-XZCF·2026-D30-WJ-0007");
        assertThat(CodePattern.itemInVolume("0123-XZCF·2026-D30-WJ-0007", 12))
                .isEqualTo("0123-XZCF·2026-D30-WJ-0007-012");
        assertThat(CodePattern.numberInVolume("0123-XZCF·2026-D30-WJ-0007", "0123-XZCF·2026-D30-WJ-0007-012"))
                .contains(12);
        assertThat(CodePattern.numberInVolume("0123-XZCF·2026-D30-WJ-0007", "0123-XZCF·2026-D30-WJ-0007-12"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0123-XZCF·2026-D30-WJ-42", // too few digits
                "0123-XZCF·2026-D30-WJ-0000042", // a zero too many
                "0123-XZCF·2026-D30-WJ-000000", // numbers begin at 1
                "0123-xzcf·2026-D30-WJ-000042",
                "0123-XZCF-2026-D30-WJ-000042",
                "0123-XZCF·2026-D30-WJ-000042 ",
                "0123-XZCF·2026-D30-WJ-99999999999999999999"
            })
    void aCodeThatIsNotWrittenSoIsNone(String code) throws BadPatternException {
        assertThat(CodePattern.item(CodePattern.DEFAULT_ITEM).parse(code)).isEmpty();
    }

    @Test
    void numbersOutgrowTheirDigits() throws BadPatternException {
        CodePattern item = CodePattern.item(CodePattern.DEFAULT_ITEM);
        String code = item.format(new Parts("0123", "XZCF", 2026, "Y", "WJ", 0, 1_234_567));
        assertThat(code).isEqualTo("0123-XZCF·2026-Y-WJ-1234567");
        assertThat(item.parse(code)).map(Parts::itemNo).contains(1_234_567);
    }

    @ParameterizedTest
    @CsvSource({
        "{fonds}{category}·{year}-{retention}-{organisation}-{item}, separator",
        "{fonds}A{category}·{year}-{retention}-{organisation}-{item}, separator",
        "X{fonds}-{category}·{year}-{retention}-{organisation}-{item}, separator",
        "{fonds}-{category}·{year}-{retention}-{item}, missing",
        "{fonds}-{category}·{year}-{retention}-{organisation}-{volume}-{item}, field",
        "{fonds}-{fonds}-{category}·{year}-{retention}-{organisation}-{item}, field",
        "{fonds}-{nonsense}-{item}, field",
        "{fonds:4}-{category}·{year}-{retention}-{organisation}-{item}, digits",
        "{fonds}-{category}·{year}-{retention}-{item}-{organisation}, last",
        "{fonds}-{category}·{year}-{retention}-{organisation}-{item}#, last",
        "nothing, missing"
    })
    void aPatternThatCouldBeReadInTwoWaysIsRefused(String pattern, String code) {
        assertThatThrownBy(() -> {
                    CodePattern unused = CodePattern.item(pattern);
                })
                .isInstanceOfSatisfying(
                        BadPatternException.class, bad -> assertThat(bad.code()).isEqualTo(code));
    }

    @Test
    void aValueThatCannotStandInACodeIsAProgrammersError() throws BadPatternException {
        CodePattern item = CodePattern.item(CodePattern.DEFAULT_ITEM);
        assertThatThrownBy(() -> {
                    String unused = item.format(new Parts("01-23", "XZCF", 2026, "D30", "WJ", 0, 1));
                })
                .isInstanceOf(IllegalArgumentException.class);
    }
}
