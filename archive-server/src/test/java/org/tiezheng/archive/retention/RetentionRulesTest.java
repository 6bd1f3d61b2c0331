package org.tiezheng.archive.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.database.TestDatabase;

class RetentionRulesTest {
    private static final Instant NOW = Instant.parse("2026-11-22T02:00:00Z");
    private static final Instant CAPTURED = Instant.parse("2026-11-21T20:00:00Z"); // the 22nd in Beijing

    private final TestDatabase database = TestDatabase.create();
    private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    private final RetentionClasses classes = new RetentionClasses(database.jdbc(), clock);
    private final RetentionRules rules =
            new RetentionRules(database.jdbc(), classes, RetentionSettings.defaults(), clock);

    @Test
    void theShippedClassesAreToBeApprovedLocally() {
        assertThat(classes.inForce())
                .extracting(RetentionClass::classId)
                .containsExactly("PERMANENT", "Y30", "Y10", "CLUE");
        assertThat(classes.inForce())
                .allSatisfy(row -> assertThat(row.approvalDoc()).isNull());
    }

    @Test
    void aClueWithoutCaseIsKeptFromTheDayOfTheCaptureInBeijing() {
        Assessment clue = rules.assess(null, CAPTURED);
        assertThat(clue.klass().classId()).isEqualTo("CLUE");
        assertThat(clue.begins()).isEqualTo(LocalDate.of(2026, 11, 22));
        assertThat(clue.endsAt()).isEqualTo(Instant.parse("2030-11-22T16:00:00Z"));
        assertThat(rules.lockOfNew(null, CAPTURED)).isEqualTo(clue.endsAt());
    }

    @Test
    void whileACaseIsOpenNoPeriodRuns() {
        Assessment open = rules.assess("鄂市监立〔2026〕1号", CAPTURED);
        assertThat(open.caseType()).isEqualTo(CaseType.UNSPECIFIED);
        assertThat(open.klass().classId()).isEqualTo("Y30");
        assertThat(open.endsAt()).isNull();
        assertThat(rules.lockOfNew("鄂市监立〔2026〕1号", CAPTURED)).isEqualTo(Instant.parse("2036-11-22T02:00:00Z"));
    }

    @Test
    void thePeriodOfAClosedCaseBeginsWithTheNextYear() {
        say("c-1", CaseType.SUMMARY, LocalDate.of(2026, 3, 5));
        Assessment closed = rules.assess("c-1", CAPTURED);
        assertThat(closed.klass().classId()).isEqualTo("Y10");
        assertThat(closed.begins()).isEqualTo(LocalDate.of(2026, 12, 31));
        assertThat(closed.endsAt()).isEqualTo(Instant.parse("2036-12-31T16:00:00Z"));
    }

    @Test
    void aMajorCaseIsPermanentAndNeverEnds() {
        say("c-2", CaseType.MAJOR, LocalDate.of(2026, 3, 5));
        assertThat(rules.assess("c-2", CAPTURED).klass().permanent()).isTrue();
        assertThat(rules.assess("c-2", CAPTURED).endsAt()).isNull();
    }

    @Test
    void aGapInTheRulesMeansForEver() {
        RetentionRules early = new RetentionRules(
                database.jdbc(),
                new RetentionClasses(
                        database.jdbc(), Clock.fixed(Instant.parse("2000-01-01T00:00:00Z"), ZoneOffset.UTC)),
                RetentionSettings.defaults(),
                clock);
        assertThat(early.assess(null, CAPTURED).klass().permanent()).isTrue();
    }

    @Test
    void rulesRaiseAndNeverShorten() {
        RetentionOf y10 = new RetentionOf(
                UUID.randomUUID(),
                "Y10",
                10,
                "D-3",
                null,
                false,
                CaseType.SUMMARY,
                3,
                3,
                LocalDate.of(2026, 12, 31),
                Assessment.endOf(LocalDate.of(2026, 12, 31), 10),
                NOW);
        RetentionOf lower = Retentions.merge(y10, rules.assess(null, CAPTURED));
        assertThat(lower.classId()).isEqualTo("Y10");
        assertThat(lower.until()).isEqualTo(y10.until());
        say("c-3", CaseType.ORDINARY_PENALTY, null);
        RetentionOf higher = Retentions.merge(y10, rules.assess("c-3", CAPTURED));
        assertThat(higher.classId()).isEqualTo("Y30");
        assertThat(higher.until()).as("the case is open").isNull();
        say("c-4", CaseType.SUMMARY, LocalDate.of(2025, 1, 1));
        assertThat(Retentions.merge(y10, rules.assess("c-4", CAPTURED)).until())
                .as("a closing that is said to have been earlier does not shorten")
                .isEqualTo(y10.until());
    }

    private void say(String caseNo, CaseType type, @Nullable LocalDate closedOn) {
        database.jdbc()
                .sql("""
                        insert into retention_case (case_no, case_type, closed_on, said_by, said_by_name, said_at)
                        values (:case, :type, :closed::date, 'archivist', '档案管理员', now())""")
                .param("case", caseNo)
                .param("type", type.name())
                .param("closed", closedOn == null ? null : closedOn.toString())
                .update();
    }
}
