package org.tiezheng.archive.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.tiezheng.archive.retention.RetentionWorld.ARCHIVIST;
import static org.tiezheng.archive.retention.RetentionWorld.INSPECTOR;
import static org.tiezheng.archive.retention.RetentionWorld.LEADER;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.storage.StoredObject;

/** Classes, their changes, and the locks that follow them, over the years. */
class LockExtensionTest {
    @TempDir
    private Path folder;

    private RetentionWorld world;

    @BeforeEach
    void begin() throws IOException {
        world = RetentionWorld.folders(folder);
    }

    private void assertLocked(UUID evidence, Instant until) throws IOException {
        for (EvidenceObject object : world.objects(evidence)) {
            assertThat(world.everyCopy(object))
                    .hasSize(2)
                    .allSatisfy(copy -> assertThat(copy.retention().until())
                            .as("%s", object.member())
                            .isAfterOrEqualTo(until));
        }
        assertThat(world.catalogue.find(evidence).orElseThrow().retainUntil()).isAfterOrEqualTo(until);
    }

    @Test
    void whileItsCaseIsOpenTheLockIsRenewedForDecadesAndThenFollowsTheClass() throws IOException {
        UUID id = world.archive("c-1");
        world.say("c-1", CaseType.ORDINARY_PENALTY, null);
        for (int year = 2027; year <= 2050; year++) {
            world.clock.set(Instant.parse(year + "-06-01T00:00:00Z"));
            world.work.turn();
            assertLocked(id, world.clock.instant().plus(Duration.ofDays(2 * 365)));
        }
        long renewed = world.leaves(id).stream().filter("retention"::equals).count();
        assertThat(renewed).as("not every year").isBetween(2L, 5L);
        world.say("c-1", CaseType.ORDINARY_PENALTY, LocalDate.of(2050, 3, 1));
        world.work.turn();
        assertThat(world.retentions.of(id).orElseThrow().until()).isEqualTo(Instant.parse("2080-12-31T16:00:00Z"));
        assertLocked(id, Instant.parse("2080-12-31T16:00:00Z"));
        world.clock.set(Instant.parse("2080-12-31T15:59:59Z"));
        assertThat(world.appraisals.queue(null, 10)).isEmpty();
        world.clock.set(Instant.parse("2080-12-31T16:00:00Z"));
        assertThat(world.appraisals.queue(null, 10)).hasSize(1);
    }

    @Test
    void linkingToACaseRaisesTheClassInTheSameMoment() throws IOException {
        UUID id = world.archive(null);
        assertThat(world.retentions.of(id).orElseThrow().classId()).isEqualTo("CLUE");
        var unused = world.links.link(id, CaseLinks.Kind.CASE, "c-2", CaseType.MAJOR, "重大案件", INSPECTOR);
        assertThat(world.retentions.of(id).orElseThrow().permanent()).isTrue();
        assertThat(world.rules.caseState("c-2").orElseThrow().type()).isEqualTo(CaseType.MAJOR);
        world.clock.set(Instant.parse("2029-01-01T00:00:00Z"));
        world.work.turn();
        assertLocked(id, world.clock.instant().plus(Duration.ofDays(3650)));
        unused = world.links.link(id, CaseLinks.Kind.CASE, null, "错链", INSPECTOR);
        assertThat(world.retentions.of(id).orElseThrow().permanent())
                .as("never down by a rule")
                .isTrue();
    }

    @Test
    void anExtensionThatDiedBetweenTwoObjectsIsCompletedAndPromisesNothingBefore() throws IOException {
        for (int survived = 0; survived < 8; survived++) {
            UUID id = world.archive(null, world.clock.instant().plus(Duration.ofDays(700)));
            // Each round asks for more, so that the object all packages share is extended, too.
            String caseNo = "c-" + survived;
            var unused = world.links.link(id, CaseLinks.Kind.CASE, caseNo, CaseType.SUMMARY, null, INSPECTOR);
            world.clock.set(Instant.parse((2027 + survived) + "-06-01T00:00:00Z"));
            world.say(caseNo, CaseType.SUMMARY, LocalDate.of(2027 + survived, 1, 1));
            Instant before = world.catalogue.find(id).orElseThrow().retainUntil();
            Instant ends = world.retentions.of(id).orElseThrow().until();
            AtomicInteger left = new AtomicInteger(survived);
            world.stores.forEach(store -> store.before = act -> {
                if (act.equals("extend") && left.getAndDecrement() == 0) {
                    throw new RetentionWorld.Died();
                }
            });
            assertThatThrownBy(() -> world.locks.run()).isInstanceOf(RetentionWorld.Died.class);
            assertThat(world.catalogue.find(id).orElseThrow().retainUntil()).isEqualTo(before);
            assertThat(world.leaves(id)).doesNotContain("retention");
            world.stores.forEach(store -> store.before = act -> {});
            world.start(DisposalStep.Watch.NONE);
            assertThat(world.locks.run()).isEqualTo(new LockExtension.Done(1, 0));
            assertLocked(id, ends);
            assertThat(world.leaves(id)).filteredOn("retention"::equals).hasSize(1);
        }
    }

    @Test
    void aCustodianThatIsDownIsSaidAndExtendedLater() throws IOException {
        UUID id = world.archive(null);
        assertThat(world.changes.raise(List.of(id), "Y30", "社会影响大", ARCHIVIST)).isEqualTo(1);
        world.stores.get(1).down = true;
        assertThat(world.locks.run()).isEqualTo(new LockExtension.Done(0, 1));
        assertThat(world.locks.lastFailure()).contains("custodian is down");
        world.stores.get(1).down = false;
        assertThat(world.locks.run()).isEqualTo(new LockExtension.Done(1, 0));
        assertLocked(id, Instant.parse("2056-11-21T16:00:00Z"));
    }

    @Test
    void objectsOfTheArchiveItselfAreExtendedToo() throws IOException {
        KeptObject paper = world.kept.put(
                KeptObjects.Kind.REPORT,
                UUID.randomUUID(),
                "report".getBytes(StandardCharsets.UTF_8),
                world.clock.instant().plus(Duration.ofDays(700)));
        assertThat(world.locks.run().extended()).isEqualTo(1);
        assertThat(world.copies.all(paper.version().key()))
                .hasSize(2)
                .allSatisfy(copy -> assertThat(copy.object().retention().until())
                        .isAfter(world.clock.instant().plus(Duration.ofDays(3650))));
        assertThat(world.locks.run().extended()).isZero();
    }

    @Test
    void theArchivistRaisesAloneAndLowersNever() throws IOException {
        UUID id = world.archive(null);
        assertThat(world.changes.raise(List.of(id), "Y30", "社会影响大", ARCHIVIST)).isEqualTo(1);
        RetentionOf raised = world.retentions.of(id).orElseThrow();
        assertThat(raised.byPerson()).isTrue();
        assertThat(raised.until()).isEqualTo(Instant.parse("2056-11-21T16:00:00Z"));
        assertThatThrownBy(() -> world.changes.raise(List.of(id), "Y10", "错了", ARCHIVIST))
                .isInstanceOfSatisfying(
                        Problem.class, no -> assertThat(no.code()).isEqualTo("retention.lower"));
        UUID asked = world.changes.proposeLower(id, "Y10", "定级有误", ARCHIVIST);
        assertThatThrownBy(() -> world.approvals.approve(asked, null, ARCHIVIST))
                .isInstanceOf(Problem.class);
        world.approvals.approve(asked, "同意", LEADER);
        assertThat(world.retentions.of(id).orElseThrow().classId()).isEqualTo("Y10");
        assertThat(world.retentions.history(id))
                .extracting(Retentions.Decision::kind)
                .containsExactly(Retentions.Kind.RULE, Retentions.Kind.RAISED, Retentions.Kind.LOWERED);
        int unused = world.retentions.applyToSome();
        assertThat(world.retentions.of(id).orElseThrow().classId()).isEqualTo("Y10");
    }

    @Test
    void nobodyLowersAClassBelowTheLockInTheStore() throws IOException {
        UUID id = world.archive(null);
        assertThat(world.changes.raise(List.of(id), "Y30", "社会影响大", ARCHIVIST)).isEqualTo(1);
        world.work.turn();
        assertThatThrownBy(() -> world.changes.proposeLower(id, "Y10", "定级有误", ARCHIVIST))
                .isInstanceOfSatisfying(
                        Problem.class, no -> assertThat(no.code()).isEqualTo("retention.below-lock"));
    }

    @Test
    void aNewRuleIsARowMoreApprovedByTheArchivistAndReachesWhatIsThere() throws IOException {
        UUID id = world.archive(null);
        RuleEdits.NewRule row = new RuleEdits.NewRule(
                "鄂-6".replace("鄂", "E"),
                CaseType.NO_CASE,
                "Y10",
                RetentionRule.Begins.CAPTURE,
                "档函〔2026〕12号",
                world.classes.today(),
                null);
        assertThatThrownBy(() -> world.edits.propose(row, "本局保管期限表", ARCHIVIST)).isInstanceOf(Problem.class);
        UUID asked = world.edits.propose(row, "本局保管期限表", LEADER);
        assertThatThrownBy(() -> world.approvals.approve(asked, null, LEADER)).isInstanceOf(Problem.class);
        world.approvals.approve(asked, null, ARCHIVIST);
        world.work.turn();
        RetentionOf now = world.retentions.of(id).orElseThrow();
        assertThat(now.classId()).isEqualTo("Y10");
        assertThat(now.ruleId()).isEqualTo("E-6");
        assertThat(now.approvalDoc()).isEqualTo("档函〔2026〕12号");
        assertLocked(id, now.until());
        assertThat(world.rules.all())
                .filteredOn(rule -> rule.caseType() == CaseType.NO_CASE)
                .hasSize(2);
        assertThatThrownBy(() -> world.edits.propose(
                        new RuleEdits.NewRule(
                                "E-7",
                                CaseType.NO_CASE,
                                "Y30",
                                RetentionRule.Begins.CAPTURE,
                                "档函〔2026〕13号",
                                world.classes.today().minusDays(1),
                                null),
                        "倒签",
                        LEADER))
                .as("a row does not begin in the past")
                .isInstanceOf(Problem.class);
    }

    @Test
    void extensionAfterAppraisalNeedsTheLeaderAndPutsItBackUnderALock() throws IOException {
        UUID id = world.ended();
        UUID appraisal = world.appraisals.appraise(id, Appraisals.Decision.EXTEND, "仍有查考价值", "Y30", null, ARCHIVIST);
        Approval asked = world.approvals
                .open(Approval.Kind.APPRAISAL, appraisal.toString())
                .orElseThrow();
        assertThat(world.retentions.of(id).orElseThrow().classId()).isEqualTo("CLUE");
        world.approvals.approve(asked.id(), null, LEADER);
        world.work.turn();
        assertLocked(id, Instant.parse("2056-11-21T16:00:00Z"));
        assertThat(world.appraisals.queue(null, 10)).isEmpty();
        assertThat(world.appraisals.find(appraisal).orElseThrow().state()).isEqualTo(Appraisals.State.DONE);
    }

    @Test
    void theCheckNamesEveryDifferenceBetweenClassCatalogueAndStores() throws Exception {
        UUID id = world.archive(null);
        UUID held = world.archive(null);
        UUID unused = world.holds.place(List.of(held), null, "行政诉讼", ARCHIVIST);
        world.work.turn();
        world.checks.work(Duration.ofDays(7));
        LockChecks.Check clean = world.checks.latest(1).get(0);
        assertThat(clean.state()).isEqualTo(LockChecks.State.DONE);
        assertThat(clean.evidence()).isEqualTo(2);
        assertThat(clean.objects()).isEqualTo(16);
        assertThat(world.checks.differences(clean.id(), 10)).isEmpty();

        // An operator with access to the stores and the database.
        EvidenceObject wacz = world.objects(id).get(3);
        EvidenceObject token = world.objects(id).get(2);
        world.stores.get(0).store.setLegalHold(wacz.version(), true);
        world.stores.get(1).store.setLegalHold(copy(world.objects(held).get(3)).version(), false);
        try (var owner = world.database.owner().getConnection();
                var statement = owner.createStatement()) {
            statement.execute("update evidence set retain_until = '2030-01-01T00:00:00Z' where id = '" + held + "'");
            statement.execute(
                    "update evidence set retain_until = retain_until + interval '1 year' where id = '" + id + "'");
        }
        java.nio.file.Files.delete(folder.resolve("custodian")
                .resolve(token.version().key() + "@" + token.version().versionId()));
        UUID check = world.checks.start(ARCHIVIST);
        world.checks.work(Duration.ofDays(7));
        assertThat(world.checks.find(check).orElseThrow().state()).isEqualTo(LockChecks.State.DONE);
        assertThat(world.checks.differences(check, 50))
                .extracting(
                        one -> one.evidenceId().equals(id) ? "id" : "held",
                        LockChecks.Difference::code,
                        LockChecks.Difference::storeId)
                .contains(
                        org.assertj.core.groups.Tuple.tuple("id", LockChecks.Code.HOLD_LEFT, "objects"),
                        org.assertj.core.groups.Tuple.tuple("id", LockChecks.Code.NO_COPY, "custodian"),
                        org.assertj.core.groups.Tuple.tuple("id", LockChecks.Code.LOCK_SHORT, "objects"),
                        org.assertj.core.groups.Tuple.tuple("id", LockChecks.Code.LOCK_SHORT, "custodian"),
                        org.assertj.core.groups.Tuple.tuple("held", LockChecks.Code.NO_HOLD, "custodian"),
                        org.assertj.core.groups.Tuple.tuple("held", LockChecks.Code.LOCK_BEHIND_CLASS, "catalogue"));
        assertThat(world.figures.lastCheck().orElseThrow().differences()).isPositive();
    }

    @Test
    void theCheckGoesThroughWhatTheArchiveItselfKeeps() throws Exception {
        Instant until = world.clock.instant().plus(Duration.ofDays(3650));
        List<KeptObject> kept = new java.util.ArrayList<>();
        for (int i = 0; i < 3; i++) {
            kept.add(world.kept.put(
                    KeptObjects.Kind.REPORT,
                    UUID.randomUUID(),
                    ("report " + i).getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    until));
        }
        UUID clean = world.checks.start(ARCHIVIST);
        world.checks.work(Duration.ofDays(7));
        assertThat(world.checks.find(clean).orElseThrow().objects()).isEqualTo(6);
        assertThat(world.checks.differences(clean, 10)).isEmpty();

        world.stores.get(0).store.setLegalHold(kept.get(0).version(), true);
        try (var owner = world.database.owner().getConnection();
                var statement = owner.createStatement()) {
            statement.execute("update kept_object set retain_until = retain_until + interval '1 year' where id = '"
                    + kept.get(1).id() + "'");
        }
        java.nio.file.Files.delete(folder.resolve("custodian")
                .resolve(kept.get(2).version().key() + "@"
                        + kept.get(2).version().versionId()));
        UUID check = world.checks.start(ARCHIVIST);
        world.checks.work(Duration.ofDays(7));

        assertThat(world.checks.find(check).orElseThrow().state()).isEqualTo(LockChecks.State.DONE);
        assertThat(world.checks.differences(check, 10))
                .allSatisfy(one -> assertThat(one.evidenceId()).isNull())
                .extracting(LockChecks.Difference::key, LockChecks.Difference::code, LockChecks.Difference::storeId)
                .containsExactlyInAnyOrder(
                        tuple(kept.get(0).version().key(), LockChecks.Code.HOLD_LEFT, "objects"),
                        tuple(kept.get(1).version().key(), LockChecks.Code.LOCK_SHORT, "objects"),
                        tuple(kept.get(1).version().key(), LockChecks.Code.LOCK_SHORT, "custodian"),
                        tuple(kept.get(2).version().key(), LockChecks.Code.NO_COPY, "custodian"));
    }

    private StoredObject copy(EvidenceObject object) throws IOException {
        return ObjectCopies.versions(world.stores.get(1).store, object.version().key())
                .get(0);
    }

    @Test
    void figuresCountWhatIsThere() throws IOException {
        UUID clue = world.archive(null);
        UUID open = world.archive("c-7");
        var unused = world.links.link(open, CaseLinks.Kind.CASE, "c-7", CaseType.MAJOR, null, INSPECTOR);
        assertThat(world.figures.distribution())
                .extracting(RetentionFigures.InClass::classId, RetentionFigures.InClass::evidence)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("PERMANENT", 1L),
                        org.assertj.core.groups.Tuple.tuple("CLUE", 1L));
        assertThat(world.figures.waiting().toAppraise()).isZero();
        world.toTheEnd();
        assertThat(world.figures.waiting().toAppraise()).isEqualTo(1);
        UUID decided = world.destroy(clue);
        assertThat(decided).isNotNull();
        assertThat(world.figures.waiting().toList()).isEqualTo(1);
        assertThat(world.figures.waiting().locksBehind()).isZero();
        assertThat(world.figures.bases()).isNotEmpty();
        assertThat(world.figures.changes(Instant.EPOCH, world.clock.instant().plusSeconds(1)))
                .isNotEmpty();
        assertThat(world.figures.appraisals(Instant.EPOCH, world.clock.instant().plusSeconds(1), 10))
                .hasSize(1);
        assertThat(world.figures.endingBefore(Instant.parse("2100-01-01T00:00:00Z")))
                .isZero();
    }
}
