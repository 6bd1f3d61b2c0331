package org.tiezheng.archive.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiezheng.archive.retention.RetentionWorld.ARCHIVIST;
import static org.tiezheng.archive.retention.RetentionWorld.LEADER;
import static org.tiezheng.archive.retention.RetentionWorld.SECOND_ARCHIVIST;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.storage.ObjectLockedException;

class HoldsTest {
    @TempDir
    private Path folder;

    private RetentionWorld world;

    @BeforeEach
    void begin() throws IOException {
        world = RetentionWorld.folders(folder);
    }

    private boolean isOnEveryCopy(UUID evidence) throws IOException {
        boolean all = true;
        for (EvidenceObject object : world.objects(evidence)) {
            assertThat(world.everyCopy(object)).hasSize(2);
            all &= world.everyCopy(object).stream().allMatch(copy -> copy.legalHold());
        }
        return all;
    }

    private boolean isOnAnyCopy(UUID evidence) throws IOException {
        boolean any = false;
        for (EvidenceObject object : world.objects(evidence)) {
            any |= world.everyCopy(object).stream().anyMatch(copy -> copy.legalHold());
        }
        return any;
    }

    private void release(UUID hold) {
        UUID asked = world.holds.proposeRelease(hold, "诉讼已终结", ARCHIVIST);
        world.approvals.approve(asked, null, LEADER);
        int unused = world.holds.work();
    }

    @Test
    void aHoldCountsAtOnceAndIsThenOnEveryObjectOfEveryCopy() throws IOException {
        UUID id = world.archive(null);
        UUID hold = world.holds.place(List.of(id), null, "行政诉讼", ARCHIVIST);
        assertThat(world.holds.isHeld(id)).isTrue();
        assertThat(world.leaves(id)).doesNotContain("hold");
        assertThat(isOnAnyCopy(id)).isFalse();
        assertThat(world.holds.work()).isEqualTo(1);
        assertThat(isOnEveryCopy(id)).isTrue();
        assertThat(world.leaves(id)).contains("hold");
        assertThat(world.actions(id)).contains("evidence.hold");
        assertThat(world.holds.find(hold).orElseThrow().waiting()).isZero();
        assertThat(world.catalogue.find(id).orElseThrow().held()).isTrue();
        assertThat(world.catalogue
                        .search(EvidenceQuery.ALL.held(true), null, 10)
                        .items())
                .extracting(evidence -> evidence.id())
                .containsExactly(id);
    }

    @Test
    void aHoldThatDiedBetweenTwoObjectsIsCompletedByTheNextStart() throws IOException {
        UUID id = world.archive(null);
        int objects = world.objects(id).size();
        for (int survived = 0; survived < 2 * objects; survived++) {
            UUID hold = world.holds.place(List.of(id), null, "行政复议", ARCHIVIST);
            AtomicInteger left = new AtomicInteger(survived);
            world.stores.forEach(store -> store.before = act -> {
                if (act.equals("hold") && left.getAndDecrement() == 0) {
                    throw new RetentionWorld.Died();
                }
            });
            assertThatThrownBy(() -> world.holds.work()).isInstanceOf(RetentionWorld.Died.class);
            assertThat(world.holds.isHeld(id)).isTrue();
            assertThat(isOnEveryCopy(id)).isFalse();
            world.stores.forEach(store -> store.before = act -> {});
            world.start(DisposalStep.Watch.NONE);
            assertThat(world.holds.work()).isEqualTo(1);
            assertThat(isOnEveryCopy(id)).as("after %d objects", survived).isTrue();
            release(hold);
            assertThat(isOnAnyCopy(id)).isFalse();
        }
        assertThat(world.leaves(id)).filteredOn(kind -> kind.equals("hold")).hasSize(2 * objects);
        assertThat(world.leaves(id)).filteredOn(kind -> kind.equals("release")).hasSize(2 * objects);
    }

    @Test
    void liftingThatDiedBetweenTwoObjectsIsCompleted() throws IOException {
        UUID id = world.archive(null);
        UUID hold = world.holds.place(List.of(id), null, "行政复议", ARCHIVIST);
        int unused = world.holds.work();
        AtomicInteger left = new AtomicInteger(3);
        world.stores.forEach(store -> store.before = act -> {
            if (left.getAndDecrement() == 0) {
                throw new RetentionWorld.Died();
            }
        });
        assertThatThrownBy(() -> release(hold)).isInstanceOf(RetentionWorld.Died.class);
        assertThat(world.leaves(id))
                .as("said before the first object was let go")
                .contains("release");
        world.stores.forEach(store -> store.before = act -> {});
        world.start(DisposalStep.Watch.NONE);
        assertThat(world.holds.work()).isEqualTo(1);
        assertThat(isOnAnyCopy(id)).isFalse();
    }

    @Test
    void aCustodianThatIsDownKeepsTheHoldWaitingAndSaysSo() throws IOException {
        UUID id = world.archive(null);
        UUID hold = world.holds.place(List.of(id), null, "行政诉讼", ARCHIVIST);
        world.stores.get(1).down = true;
        assertThat(world.holds.work()).isZero();
        assertThat(world.holds.list(id).get(0).state()).isEqualTo(Holds.State.PLACING);
        assertThat(world.holds.list(id).get(0).failure()).contains("custodian is down");
        assertThat(world.leaves(id)).doesNotContain("hold");
        world.stores.get(1).down = false;
        assertThat(world.holds.work()).isEqualTo(1);
        assertThat(isOnEveryCopy(id)).isTrue();
        assertThat(world.holds.find(hold).orElseThrow().waiting()).isZero();
    }

    @Test
    void ofTwoHoldsTheSecondStaysWhenTheFirstIsReleased() throws IOException {
        UUID id = world.archive(null);
        UUID first = world.holds.place(List.of(id), null, "行政诉讼", ARCHIVIST);
        UUID second = world.holds.place(List.of(id), null, "行政复议", SECOND_ARCHIVIST);
        int unused = world.holds.work();
        release(first);
        assertThat(world.holds.isHeld(id)).isTrue();
        assertThat(isOnEveryCopy(id)).isTrue();
        release(second);
        assertThat(world.holds.isHeld(id)).isFalse();
        assertThat(isOnAnyCopy(id)).isFalse();
        assertThat(world.leaves(id))
                .filteredOn(kind -> kind.equals("hold") || kind.equals("release"))
                .containsExactly("hold", "hold", "release", "release");
    }

    @Test
    void anObjectThatOtherHeldEvidenceConsistsOfStaysOnHold() throws IOException {
        UUID one = world.archive(null);
        UUID other = world.archive(null);
        UUID first = world.holds.place(List.of(one), null, "行政诉讼", ARCHIVIST);
        UUID unused = world.holds.place(List.of(other), null, "行政诉讼", ARCHIVIST);
        int ignored = world.holds.work();
        release(first);
        assertThat(isOnEveryCopy(other)).isTrue();
        EvidenceObject shared = world.objects(one).get(0);
        assertThat(world.everyCopy(shared)).allMatch(copy -> copy.legalHold());
        EvidenceObject own = world.objects(one).get(3);
        assertThat(world.everyCopy(own)).noneMatch(copy -> copy.legalHold());
    }

    @Test
    void aHoldOnACaseCoversWhatIsLinkedToItLater() throws IOException {
        UUID before = world.archive("c-1");
        UUID later = world.archive(null);
        UUID unused = world.holds.place(List.of(), "c-1", "移送司法", ARCHIVIST);
        int ignored = world.holds.work();
        assertThat(isOnEveryCopy(before)).isTrue();
        assertThat(world.holds.isHeld(later)).isFalse();
        var linked = world.links.link(later, CaseLinks.Kind.CASE, "c-1", null, RetentionWorld.INSPECTOR);
        assertThat(linked.caseNo()).isEqualTo("c-1");
        assertThat(world.holds.isHeld(later)).as("from the moment of the link").isTrue();
        ignored = world.holds.work();
        assertThat(isOnEveryCopy(later)).isTrue();
    }

    @Test
    void aReleaseNeedsAResponsibleLeaderWhoDidNotAskForIt() throws IOException {
        UUID id = world.archive(null);
        UUID hold = world.holds.place(List.of(id), null, "行政诉讼", ARCHIVIST);
        UUID asked = world.holds.proposeRelease(hold, "诉讼已终结", ARCHIVIST);
        assertThatThrownBy(() -> world.approvals.approve(asked, null, ARCHIVIST))
                .isInstanceOfSatisfying(
                        Problem.class, refused -> assertThat(refused.code()).isEqualTo("retention.own-proposal"));
        assertThatThrownBy(() -> world.approvals.approve(asked, null, SECOND_ARCHIVIST))
                .isInstanceOfSatisfying(
                        Problem.class, refused -> assertThat(refused.code()).isEqualTo("retention.other-role"));
        world.approvals.refuse(asked, "仍在上诉期", LEADER);
        int unused = world.holds.work();
        assertThat(isOnEveryCopy(id)).isTrue();
        assertThatThrownBy(() -> world.approvals.approve(asked, null, LEADER))
                .isInstanceOfSatisfying(
                        Problem.class, refused -> assertThat(refused.code()).isEqualTo("retention.decided-already"));
    }

    @Test
    void theStoreItselfRefusesToDeleteWhatIsHeldAfterItsLock() throws IOException {
        UUID id = world.archive(null);
        UUID unused = world.holds.place(List.of(id), null, "行政诉讼", ARCHIVIST);
        int ignored = world.holds.work();
        world.toTheEnd();
        EvidenceObject wacz = world.objects(id).get(3);
        assertThatThrownBy(() -> world.active.delete(wacz.version())).isInstanceOf(ObjectLockedException.class);
    }
}
