package org.tiezheng.archive.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiezheng.archive.retention.RetentionWorld.ARCHIVIST;
import static org.tiezheng.archive.retention.RetentionWorld.LEADER;
import static org.tiezheng.archive.retention.RetentionWorld.SECOND_ARCHIVIST;
import static org.tiezheng.archive.retention.RetentionWorld.SUPERVISORS;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.storage.StoredObject;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DisposalsTest {
    @TempDir
    private Path folder;

    private RetentionWorld world;

    @BeforeEach
    void begin() throws IOException {
        world = RetentionWorld.folders(folder);
    }

    private static void assertRefused(String code, org.assertj.core.api.ThrowableAssert.ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        Problem.class, refused -> assertThat(refused.code()).isEqualTo(code));
    }

    /** What must hold when a disposal of {@code gone} is over, whatever happened on the way. */
    private void assertDisposed(Disposal disposal, UUID gone, List<EvidenceObject> objects, UUID other)
            throws IOException {
        Disposal done = world.disposals.find(disposal.id()).orElseThrow();
        assertThat(done.state()).isEqualTo(Disposal.State.DONE);
        assertThat(world.everyCopy(objects.get(0)))
                .as("mimetype, which other evidence consists of")
                .hasSize(2);
        for (EvidenceObject object : objects.subList(1, objects.size())) {
            assertThat(world.everyCopy(object)).as(object.member()).isEmpty();
        }
        assertThat(world.catalogue.objects(gone)).isEmpty();
        assertThat(world.catalogue.find(gone).orElseThrow().disposalId()).isEqualTo(disposal.id());
        assertThat(world.leaves(gone))
                .filteredOn(kind -> kind.equals("disposal"))
                .hasSize(1);
        assertThat(world.actions(gone))
                .filteredOn(action -> action.equals("evidence.dispose"))
                .hasSize(1);
        KeptObject certificate = world.kept
                .find(KeptObjects.Kind.DISPOSAL_CERTIFICATE, disposal.id())
                .orElseThrow();
        assertThat(certificate.sha256()).isEqualTo(done.certificateSha256());
        JsonNode paper = JsonMapper.shared().readTree(world.kept.read(certificate));
        assertThat(paper.path("destroyed").asInt()).isEqualTo(1);
        assertThat(paper.path("listSha256").asString()).isEqualTo(disposal.listSha256());
        assertThat(paper.path("items").path(0).path("objects")).hasSize(4);
        assertThat(paper.path("items")
                        .path(0)
                        .path("objects")
                        .path(0)
                        .path("result")
                        .asString())
                .isEqualTo("SHARED");
        assertThat(paper.path("items")
                        .path(0)
                        .path("objects")
                        .path(3)
                        .path("result")
                        .asString())
                .isEqualTo("DELETED");
        assertThat(world.objects(other)).hasSize(4);
        for (EvidenceObject object : world.objects(other)) {
            assertThat(world.everyCopy(object)).hasSize(2);
        }
    }

    @Test
    void whatWasAppraisedAndApprovedByTwoIsGoneFromEveryCopyAndItsRecordStays() throws IOException {
        UUID other = world.archive("c-open");
        UUID gone = world.ended();
        List<EvidenceObject> objects = world.objects(gone);
        assertThat(world.appraisals.queue(null, 10))
                .extracting(Appraisals.Due::evidenceId)
                .containsExactly(gone);
        Disposal disposal = world.approved(List.of(gone));
        assertThat(world.appraisals.queue(null, 10)).isEmpty();
        assertThat(world.disposals.work()).isEqualTo(1);
        assertDisposed(disposal, gone, objects, other);
        assertThat(world.figures.disposals(
                        disposal.proposedAt(), world.clock.instant().plusSeconds(1)))
                .singleElement()
                .satisfies(row -> assertThat(row.destroyed()).isEqualTo(1));
        EvidenceAccess access =
                new EvidenceAccess(world.catalogue, world.database.transactions(), world.audit, world.clock);
        Actor reader = LEADER;
        assertThatThrownBy(() -> access.open(gone, reader, "evidence.download", "package"))
                .isInstanceOfSatisfying(Problem.class, answer -> {
                    assertThat(answer.status().value()).isEqualTo(410);
                    assertThat(answer.code()).isEqualTo("catalogue.disposed");
                });
        assertThat(access.openRow(gone, reader, "evidence.view", "api").disposedAt())
                .isNotNull();
    }

    @Test
    void noObjectGoesBeforeTheLogHasSaidThatItWill() throws IOException {
        UUID other = world.archive("c-open");
        UUID gone = world.ended();
        List<EvidenceObject> objects = world.objects(gone);
        Disposal disposal = world.approved(List.of(gone));
        Disposals.Announced byTheLog = Disposals.announcedBy(world.database.jdbc());
        world.announced = () -> byTheLog.all(disposal.id());

        assertThat(world.disposals.work()).isZero();
        assertThat(world.disposals.find(disposal.id()).orElseThrow().waits()).contains("the log says first");
        assertThat(world.leaves(gone)).contains("deletion").doesNotContain("disposal");
        assertThat(world.everyCopy(objects.get(1))).hasSize(2);

        world.database.jdbc().sql("""
                        with taken as (delete from log_queue returning id, leaf, kind, evidence_id)
                        insert into log_entry (pos, leaf, kind, evidence_id, assigned_at)
                        select id, leaf, kind, evidence_id, now() from taken""").update();
        assertThat(world.disposals.work()).as("assigned, and not signed").isZero();
        assertThat(world.everyCopy(objects.get(1))).hasSize(2);
        JdbcClient.create(world.database.owner())
                .sql("update log_state set (assigned, integrated, signed) = (100000, 100000, 100000)")
                .update();
        assertThat(world.disposals.work()).isEqualTo(1);
        assertDisposed(disposal, gone, objects, other);
    }

    /** The process dies after each durable step, and between any two objects; the next start completes it. */
    @ParameterizedTest
    @EnumSource(DisposalStep.class)
    void aDisposalThatDiedAfterAnyStepIsCompletedByTheNextStart(DisposalStep last) throws IOException {
        UUID other = world.archive("c-open");
        UUID gone = world.ended();
        List<EvidenceObject> objects = world.objects(gone);
        Disposal disposal = world.approved(List.of(gone));
        int passes = last == DisposalStep.OBJECT_GONE ? 3 : last == DisposalStep.OBJECT_WRITTEN ? 4 : 1;
        for (int pass = 0; pass < passes; pass++) {
            world.start(step -> {
                if (step == last) {
                    throw new RetentionWorld.Died();
                }
            });
            assertThatThrownBy(() -> world.disposals.work()).isInstanceOf(RetentionWorld.Died.class);
            if (last.compareTo(DisposalStep.ITEM_DONE) < 0) {
                assertThat(world.catalogue.find(gone).orElseThrow().disposedAt())
                        .as("nothing is said to be done that is not")
                        .isNull();
            }
        }
        world.start(DisposalStep.Watch.NONE);
        int unused = world.disposals.work();
        assertDisposed(disposal, gone, objects, other);
    }

    /** The process dies before each act of deletion in each store. */
    @Test
    void aDisposalThatDiedBetweenAnyTwoCopiesIsCompleted() throws IOException {
        UUID other = world.archive("c-open");
        for (int survived = 0; survived < 6; survived++) {
            UUID gone = world.archive(null, world.clock.instant().plus(Duration.ofDays(2000)));
            world.clock.set(
                    world.catalogue.find(gone).orElseThrow().retainUntil().plus(Duration.ofDays(4000)));
            world.work.turn();
            List<EvidenceObject> objects = world.objects(gone);
            Disposal disposal = world.approved(List.of(gone));
            AtomicInteger left = new AtomicInteger(survived);
            world.stores.forEach(store -> store.before = act -> {
                if (act.equals("delete") && left.getAndDecrement() == 0) {
                    throw new RetentionWorld.Died();
                }
            });
            assertThatThrownBy(() -> world.disposals.work()).isInstanceOf(RetentionWorld.Died.class);
            world.stores.forEach(store -> store.before = act -> {});
            world.start(DisposalStep.Watch.NONE);
            int unused = world.disposals.work();
            assertDisposed(disposal, gone, objects, other);
        }
    }

    @Test
    void aCustodianThatIsDownKeepsTheDisposalWaitingAndNothingIsSaidToBeDone() throws IOException {
        UUID other = world.archive("c-open");
        UUID gone = world.ended();
        List<EvidenceObject> objects = world.objects(gone);
        Disposal disposal = world.approved(List.of(gone));
        world.stores.get(0).before = act -> world.stores.get(1).down = true;
        assertThat(world.disposals.work()).isZero();
        Disposal waiting = world.disposals.find(disposal.id()).orElseThrow();
        assertThat(waiting.state()).isEqualTo(Disposal.State.RUNNING);
        assertThat(waiting.waits()).contains("custodian is down");
        assertThat(waiting.cancellable()).isFalse();
        assertRefused("retention.not-cancellable", () -> world.disposals.cancel(disposal.id(), "撤销", ARCHIVIST));
        assertRefused("retention.hold-too-late", () -> world.holds.place(List.of(gone), null, "行政诉讼", ARCHIVIST));
        world.stores.get(0).before = act -> {};
        world.stores.get(1).down = false;
        assertThat(world.disposals.work()).isEqualTo(1);
        assertDisposed(disposal, gone, objects, other);
    }

    @Test
    void aFolderThatIsNotMountedIsNotTakenForOneThatHoldsNothing() throws IOException {
        UUID other = world.archive("c-open");
        UUID gone = world.ended();
        List<EvidenceObject> objects = world.objects(gone);
        Disposal disposal = world.approved(List.of(gone));
        Path mounted = folder.resolve("custodian");
        Path elsewhere = folder.resolve("elsewhere");
        java.nio.file.Files.move(mounted, elsewhere);
        assertThat(world.disposals.work()).isZero();
        assertThat(world.disposals.find(disposal.id()).orElseThrow().waits()).contains("mounted");
        java.nio.file.Files.move(elsewhere, mounted);
        assertThat(world.disposals.work()).isEqualTo(1);
        assertDisposed(disposal, gone, objects, other);
    }

    @Test
    void aLockThatHasNotEndedMakesTheWholeListWait() throws IOException {
        UUID free = world.archive(null);
        UUID locked = world.archive(null, RetentionWorld.CAPTURED.plus(Duration.ofDays(2500)));
        world.toTheEnd();
        Disposal disposal = world.approved(List.of(free, locked));
        assertThat(world.disposals.work()).isZero();
        assertThat(world.disposals.find(disposal.id()).orElseThrow().waits()).startsWith("locked until");
        assertThat(world.objects(free)).hasSize(4);
        world.clock.set(RetentionWorld.CAPTURED.plus(Duration.ofDays(2501)));
        assertThat(world.disposals.work()).isEqualTo(1);
        assertThat(world.objects(free)).isEmpty();
        assertThat(world.objects(locked)).isEmpty();
    }

    @Test
    void aLockThatOnlyTheCustodianHasMakesItWaitToo() throws IOException {
        UUID other = world.archive("c-open");
        UUID gone = world.ended();
        List<EvidenceObject> objects = world.objects(gone);
        StoredObject copy = ObjectCopies.versions(
                        world.stores.get(1), objects.get(3).version().key())
                .get(0);
        world.stores
                .get(1)
                .store
                .extendRetention(copy.version(), world.clock.instant().plus(Duration.ofDays(9)));
        Disposal disposal = world.approved(List.of(gone));
        assertThat(world.disposals.work()).isZero();
        assertThat(world.disposals.find(disposal.id()).orElseThrow().waits()).contains("custodian keeps capture.wacz");
        world.clock.forward(Duration.ofDays(10));
        assertThat(world.disposals.work()).isEqualTo(1);
        assertDisposed(disposal, gone, objects, other);
    }

    @Test
    void whatIsForbiddenIsNotListed() throws IOException {
        UUID running = world.archive(null);
        assertRefused("retention.not-ended", () -> world.destroy(running));
        world.toTheEnd();
        UUID held = world.archive(null, world.clock.instant().plusSeconds(5));
        UUID decision = world.destroy(held);
        UUID unused = world.holds.place(List.of(held), null, "行政诉讼", ARCHIVIST);
        assertBlocked(decision, "HELD");
        UUID reviewed = world.archive(null, world.clock.instant().plusSeconds(5));
        UUID second = world.destroy(reviewed);
        world.database.jdbc().sql("select 1").query(Integer.class).single();
        try (var owner = world.database.owner().getConnection();
                var statement = owner.createStatement()) {
            statement.execute("update evidence set automatic = true where id = '" + reviewed + "'");
        } catch (java.sql.SQLException failed) {
            throw new IllegalStateException(failed);
        }
        assertBlocked(second, "UNDER_REVIEW");
        UUID verified = world.archive(null, world.clock.instant().plusSeconds(5));
        UUID third = world.destroy(verified);
        world.database.jdbc().sql("""
                        insert into verification (id, evidence_id, state, requested_by, requested_by_name, options, started_at,
                            bytes_total) values (gen_random_uuid(), :id, 'RUNNING', 'a', 'a', '{}', now(), 1)""").param("id", verified).update();
        assertBlocked(third, "UNDER_VERIFICATION");
    }

    private void assertBlocked(UUID decision, String blocker) {
        assertThatThrownBy(() -> world.disposals.propose(List.of(decision), "同意销毁", "删除", SUPERVISORS, ARCHIVIST))
                .isInstanceOfSatisfying(Problem.class, refused -> {
                    assertThat(refused.code()).isEqualTo("retention.blocked");
                    assertThat(refused.arguments()).contains(blocker);
                });
    }

    @Test
    void anOpenCaseForbidsIt() throws IOException {
        world.say("c-9", CaseType.SUMMARY, LocalDate.of(2026, 11, 1));
        UUID id = world.archive("c-9");
        world.clock.set(world.retentions.of(id).orElseThrow().until().plusSeconds(1));
        UUID decision = world.destroy(id);
        CaseState unused = world.cases.say("c-9", CaseType.SUMMARY, null, "重新立案", ARCHIVIST);
        assertBlocked(decision, "OPEN_CASE");
    }

    @Test
    void whatIsHeldAfterTheApprovalIsLeftOutAndTheCertificateSaysSo() throws IOException {
        UUID gone = world.archive(null);
        UUID held = world.ended();
        Disposal disposal = world.approved(List.of(held, gone));
        UUID unused = world.holds.place(List.of(held), null, "行政诉讼", ARCHIVIST);
        assertThat(world.disposals.work()).isEqualTo(1);
        assertThat(world.objects(held)).hasSize(4);
        assertThat(world.objects(gone)).isEmpty();
        Disposal done = world.disposals.find(disposal.id()).orElseThrow();
        assertThat(done.certificate())
                .contains("\"destroyed\":1,\"listed\":2")
                .contains("\"state\":\"LEFT_OUT\",\"why\":\"HELD\"");
        assertThat(world.leaves(held)).doesNotContain("disposal");
        assertThat(world.disposals.items(disposal.id()))
                .extracting(Disposal.Item::state)
                .containsExactly(Disposal.ItemState.LEFT_OUT, Disposal.ItemState.DELETED);
    }

    @Test
    void untilItBeginsADisposalCanBeCancelled() throws IOException {
        UUID id = world.ended();
        Disposal disposal = world.approved(List.of(id));
        world.disposals.cancel(disposal.id(), "领导要求复核", SECOND_ARCHIVIST);
        assertThat(world.disposals.work()).isZero();
        assertThat(world.objects(id)).hasSize(4);
        assertThat(world.appraisals.toList(10)).hasSize(1);
        Disposal again = world.disposals.propose(
                List.of(world.appraisals.toList(10).get(0).id()), "同意销毁", "删除", SUPERVISORS, ARCHIVIST);
        world.approvals.refuse(again.approvalId(), "不同意", LEADER);
        assertThat(world.disposals.find(again.id()).orElseThrow().state()).isEqualTo(Disposal.State.REFUSED);
        assertThat(world.appraisals.toList(10)).hasSize(1);
    }

    @Test
    void proposerApproverAndSupervisorsAreFourPersons() throws IOException {
        UUID id = world.ended();
        UUID decision = world.destroy(id);
        assertRefused(
                "invalid", () -> world.disposals.propose(List.of(decision), "同意", "删除", List.of("甲", "甲"), ARCHIVIST));
        assertRefused(
                "invalid",
                () -> world.disposals.propose(
                        List.of(decision), "同意", "删除", List.of("甲", ARCHIVIST.name()), ARCHIVIST));
        Disposal disposal =
                world.disposals.propose(List.of(decision), "同意", "删除", List.of("甲", LEADER.name()), ARCHIVIST);
        assertRefused("retention.own-proposal", () -> world.approvals.approve(disposal.approvalId(), null, ARCHIVIST));
        assertRefused(
                "retention.approver-supervises", () -> world.approvals.approve(disposal.approvalId(), null, LEADER));
        assertThat(world.disposals.work()).isZero();
        assertThat(world.objects(id)).hasSize(4);
    }

    private String account(String username, String name) {
        String id = UUID.randomUUID().toString();
        int one = world.database
                .jdbc()
                .sql("insert into account (id, username, display_name, state, created_at)"
                        + " values (:id::uuid, :username, :name, 'ACTIVE', now())")
                .param("id", id)
                .param("username", username)
                .param("name", name)
                .update();
        assertThat(one).isEqualTo(1);
        return id;
    }

    @Test
    void supervisorsAreToldApartByTheirAccountsAndNotByTheirNames() throws IOException {
        UUID one = world.archive(null);
        UUID two = world.ended();
        UUID decision = world.destroy(one);
        String namesake = account("namesake", LEADER.name());
        String first = account("first", "监销人甲");
        String leader = account("leader-2", "负责人乙");
        String renamed = account("renamed", "新名");
        // One person under two names, as an account and as a name.
        assertRefused(
                "invalid",
                () -> world.disposals.propose(List.of(decision), "同意", "删除", List.of("first", "监销人甲"), ARCHIVIST));
        assertRefused(
                "invalid",
                () -> world.disposals.propose(
                        List.of(decision),
                        "同意",
                        "删除",
                        List.of("first", "renamed"),
                        new Actor(renamed, "旧名", "ARCHIVIST", null, null, null)));
        // Somebody who has the name of the leader is not the leader.
        Disposal disposal =
                world.disposals.propose(List.of(decision), "同意", "删除", List.of("Namesake", "leader-2"), ARCHIVIST);
        assertThat(disposal.supervisors()).containsExactly(LEADER.name(), "负责人乙");
        assertThat(disposal.supervisorIds()).containsExactly(namesake, leader);
        assertThat(disposal.list()).contains("\"supervisors\":[\"" + LEADER.name() + "\",\"负责人乙\"]");
        assertRefused(
                "retention.approver-supervises",
                () -> world.approvals.approve(
                        disposal.approvalId(),
                        null,
                        new Actor(leader, "改了名的负责人", "RESPONSIBLE_LEADER", null, null, null)));
        world.approvals.approve(disposal.approvalId(), "同意", LEADER);
        assertThat(world.disposals.find(disposal.id()).orElseThrow().state()).isEqualTo(Disposal.State.APPROVED);
        // A name that two accounts have means neither.
        String unused = account("second", "监销人甲");
        UUID other = world.destroy(two);
        assertRefused(
                "invalid",
                () -> world.disposals.propose(List.of(other), "同意", "删除", List.of("监销人甲", "renamed"), ARCHIVIST));
        assertThat(world.disposals
                        .propose(List.of(other), "同意", "删除", List.of("first", "外单位人员"), ARCHIVIST)
                        .supervisorIds())
                .containsExactly(first, "");
    }

    @Test
    void theApplicationCannotRemoveContentRowsOfWhatIsNotAtTheEndOfADisposal() throws IOException {
        UUID id = world.ended();
        assertThatThrownBy(() -> world.database
                        .jdbc()
                        .sql("delete from evidence_object where evidence_id = :id")
                        .param("id", id)
                        .update())
                .hasStackTraceContaining("permission denied");
        assertThatThrownBy(() -> world.database
                        .jdbc()
                        .sql("select bury_evidence(:id, gen_random_uuid(), now())")
                        .param("id", id)
                        .query((row, number) -> true)
                        .single())
                .hasStackTraceContaining("not at the end of a disposal");
        assertThat(world.objects(id)).hasSize(4);
    }
}
