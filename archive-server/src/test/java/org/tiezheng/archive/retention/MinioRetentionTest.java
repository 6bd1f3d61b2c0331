package org.tiezheng.archive.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiezheng.archive.retention.RetentionWorld.ARCHIVIST;
import static org.tiezheng.archive.retention.RetentionWorld.LEADER;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.storage.CopyQueue;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.ObjectLockedException;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.S3TestServer;
import org.tiezheng.storage.StoredObject;

/**
 * The same against a real S3 server with Object Lock, in two buckets: locks of seconds that really end. The archive's clock is years
 * ahead of the server's, so that periods have ended; what the server locks it locks by its own clock.
 */
class MinioRetentionTest {
    private static final Duration LOCK = Duration.ofSeconds(6);

    @TempDir
    private Path folder;

    private RetentionWorld world(Retention.Mode mode) throws IOException {
        S3TestServer server = S3TestServer.shared();
        RetentionWorld.MovableClock clock = new RetentionWorld.MovableClock(Instant.parse("2031-01-01T00:00:00Z"));
        RetentionWorld world = new RetentionWorld(
                clock,
                server.newStore("objects"),
                server.newStore("custodian"),
                (primary, custodian) ->
                        new MirroredStore(primary, custodian, CopyQueue.open(folder.resolve("queue")), clock, 1 << 30));
        world.mode = mode;
        return world;
    }

    /** A moment, by the clock of the machine that the server runs on. */
    private static Instant really() {
        return java.time.Clock.systemUTC().instant();
    }

    @ParameterizedTest
    @EnumSource(Retention.Mode.class)
    void whenTheRealLockHasEndedAnApprovedDisposalDeletesEveryVersionOfEveryCopy(Retention.Mode mode)
            throws IOException, InterruptedException {
        RetentionWorld world = world(mode);
        world.clock.set(really());
        Instant lockEnds = really().plus(LOCK);
        UUID gone = world.archive(null, lockEnds);
        List<EvidenceObject> objects = world.objects(gone);
        for (EvidenceObject object : objects) {
            assertThat(world.everyCopy(object)).hasSize(2).allSatisfy(copy -> {
                assertThat(copy.retention()).isNotNull();
                assertThat(copy.retention().mode()).isEqualTo(mode);
            });
        }
        // The period ends; the rows say the lock has, too. The server knows better.
        world.clock.set(Instant.parse("2031-01-01T00:00:00Z"));
        Disposal disposal = world.approved(List.of(gone));
        EvidenceObject wacz = objects.get(3);
        assertThatThrownBy(() -> world.stores.get(0).store.delete(wacz.version()))
                .as("the server's lock")
                .isInstanceOf(ObjectLockedException.class);
        if (really().isBefore(lockEnds.minusSeconds(2))) {
            assertThat(world.disposals.work()).isZero();
            assertThat(world.disposals.find(disposal.id()).orElseThrow().state())
                    .isNotEqualTo(Disposal.State.DONE);
            assertThat(world.everyCopy(wacz)).hasSize(2);
        }
        for (int i = 0;
                i < 60 && world.disposals.find(disposal.id()).orElseThrow().state() != Disposal.State.DONE;
                i++) {
            TimeUnit.MILLISECONDS.sleep(500);
            int unused = world.disposals.work();
        }
        assertThat(world.disposals.find(disposal.id()).orElseThrow().state()).isEqualTo(Disposal.State.DONE);
        assertThat(really()).isAfter(lockEnds.minusSeconds(1));
        for (EvidenceObject object : objects) {
            assertThat(world.everyCopy(object)).as(object.member()).isEmpty();
        }
        assertThat(world.leaves(gone)).contains("disposal");
    }

    @Test
    void aHoldKeepsWhatNoLockKeepsAnyMoreAndLocksReachDecadesAhead() throws IOException, InterruptedException {
        RetentionWorld world = world(Retention.Mode.COMPLIANCE);
        world.clock.set(really());
        Instant lockEnds = really().plus(LOCK);
        UUID held = world.archive(null, lockEnds);
        UUID hold = world.holds.place(List.of(held), null, "行政诉讼", ARCHIVIST);
        assertThat(world.holds.work()).isEqualTo(1);
        UUID raised = world.archive(null, lockEnds);
        assertThat(world.changes.raise(List.of(raised), "Y30", "社会影响大", ARCHIVIST))
                .isEqualTo(1);
        assertThat(world.locks.run().failed()).isZero();
        for (EvidenceObject object : world.objects(raised)) {
            assertThat(world.everyCopy(object))
                    .hasSize(2)
                    .allSatisfy(copy ->
                            assertThat(copy.retention().until()).isEqualTo(Instant.parse("2056-11-21T16:00:00Z")));
        }
        EvidenceObject own = world.objects(held).get(3);
        // Extended with its class as well; a second object of the same evidence is not needed to see the hold.
        StoredObject copy = world.everyCopy(own).get(0);
        assertThat(copy.legalHold()).isTrue();
        UUID asked = world.holds.proposeRelease(hold, "诉讼已终结", ARCHIVIST);
        world.approvals.approve(asked, null, LEADER);
        assertThat(world.holds.work()).isPositive();
        assertThat(world.everyCopy(own)).noneMatch(StoredObject::legalHold);
        EvidenceObject other = world.objects(raised).get(3);
        assertThatThrownBy(() -> world.stores.get(0).store.delete(other.version()))
                .isInstanceOf(ObjectLockedException.class);
        assertThatThrownBy(() -> world.stores
                        .get(1)
                        .store
                        .delete(ObjectCopies.versions(
                                        world.stores.get(1), other.version().key())
                                .get(0)
                                .version()))
                .isInstanceOf(ObjectLockedException.class);
    }
}
