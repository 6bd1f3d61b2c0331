package org.tiezheng.archive.screens;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.evidence.Verdict;

class EvidenceFilterTest {
    @Test
    void daysAreDaysInBeijingAndTheLastOneIsIncluded() {
        EvidenceFilter filter = EvidenceFilter.parse(Map.of("from", "2026-11-22", "to", "2026-11-22"));
        assertThat(filter.query().capturedFrom()).isEqualTo(Instant.parse("2026-11-21T16:00:00Z"));
        assertThat(filter.query().capturedTo()).isEqualTo(Instant.parse("2026-11-22T16:00:00Z"));
    }

    @Test
    void noConditionAsksForEverything() {
        EvidenceFilter filter = EvidenceFilter.parse(Map.of("q", "  ", "cursor", "abc", "lang", "en"));
        assertThat(filter.isEmpty()).isTrue();
        assertThat(filter.query()).isEqualTo(EvidenceQuery.ALL);
        assertThat(filter.queryString()).isEmpty();
    }

    @Test
    void theSameConditionsAreTheSameTextInWhateverOrderTheyCame() {
        Map<String, String> conditions = Map.of("verdict", "INVALID", "q", "虚假 宣传&x", "case", "鄂〔2026〕1号");
        EvidenceFilter filter = EvidenceFilter.parse(conditions);
        assertThat(filter.queryString())
                .isEqualTo("q=%E8%99%9A%E5%81%87+%E5%AE%A3%E4%BC%A0%26x"
                        + "&case=%E9%84%82%E3%80%942026%E3%80%951%E5%8F%B7&verdict=INVALID");
        assertThat(filter.query().verdict()).isEqualTo(Verdict.INVALID);
    }

    @ParameterizedTest
    @CsvSource({
        "from,yesterday",
        "from,2026-02-30",
        "from,+999999999-01-01",
        "to,0000-01-01",
        "verdict,FINE",
        "completeness,complete",
        "confirmed,perhaps",
        "review,1"
    })
    void whatIsNotUnderstoodIsSaidAtItsFieldAndNothingIsAsked(String name, String value) {
        assertThat(EvidenceFilter.parse(Map.of(name, value)).problems()).containsOnlyKeys(name);
    }

    @Test
    void overlongAndUnstorableTextIsRefused() {
        assertThat(EvidenceFilter.parse(Map.of("q", "x".repeat(201))).problems())
                .containsOnlyKeys("q");
        assertThat(EvidenceFilter.parse(Map.of("shop", "a\0b")).problems()).containsOnlyKeys("shop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"=1+1", "+1", "-1", "@SUM(A1)", "  =1+1", "\t=1", "\r=1", "＝1+1", "\n@x"})
    void noCellBeginsAFormula(String value) {
        assertThat(EvidenceCsv.harmless(value)).isEqualTo("'" + value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://shop.example/?a=1", "核酒-53度", "1-2", "a@b"})
    void otherCellsStayAsTheyAre(String value) {
        assertThat(EvidenceCsv.harmless(value)).isEqualTo(value);
    }
}
