package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiezheng.archive.jobs.JobsWorld.FIRST;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.jobs.JobRefused.Code;

class JobsTest {
    private final JobsWorld world = new JobsWorld();

    @Test
    void jobIsDoneOnceItsPackageIsArchived() {
        Job job = world.submit("https://shop.example/item/1#reviews");
        Lease lease = world.mustLease("agent-a");
        assertThat(lease.job().id()).isEqualTo(job.id());
        assertThat(lease.job().epoch()).isEqualTo(1);
        assertThat(lease.until()).isEqualTo(JobsWorld.START.plusSeconds(60));

        UUID evidence = UUID.randomUUID();
        assertThat(world.archived(lease.job(), evidence)).isTrue();

        Job done = world.now(job);
        assertThat(done.state()).isEqualTo(JobState.DONE);
        assertThat(done.evidenceId()).isEqualTo(evidence);
        assertThat(done.url()).isEqualTo("https://shop.example/item/1#reviews");
        assertThat(done.officers()).extracting(RecordedOfficer::certNo).containsExactly("3601-001", "3601-002");
        assertThat(world.actions(job)).containsExactly("job.submit", "job.lease", "job.done");
        assertThat(world.count("select count(*) from job")).isZero();
    }

    @Test
    void archivingTwiceWithTheSameEvidenceIsTheSameAsOnce() {
        world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        UUID evidence = UUID.randomUUID();
        assertThat(world.archived(leased, evidence)).isTrue();
        assertThat(world.archived(leased, evidence)).isTrue();
        assertThat(world.archived(leased, UUID.randomUUID())).isFalse();
        assertThat(world.actions(leased)).containsOnlyOnce("job.done");
    }

    @Test
    void archivedNeedsTheCallersTransaction() {
        world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        assertThatThrownBy(() -> world.jobs.archived(leased.id(), leased.epoch(), UUID.randomUUID()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void archivedIsUndoneWithTheTransactionOfItsCaller() {
        world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        world.database.transactions().executeWithoutResult(status -> {
            assertThat(world.jobs.archived(leased.id(), leased.epoch(), UUID.randomUUID()))
                    .isTrue();
            status.setRollbackOnly();
        });
        assertThat(world.now(leased).state()).isEqualTo(JobState.LEASED);
        assertThat(world.actions(leased)).doesNotContain("job.done");
    }

    @Test
    void lateAgentIsToldAndChangesNothing() {
        Job job = world.submit("https://shop.example/");
        Job late = world.mustLease("slow").job();
        world.clock.advance(Duration.ofSeconds(61));
        assertThat(world.jobs.takeBackLost()).isEqualTo(1);
        world.clock.advance(Duration.ofMinutes(1));
        Job second = world.mustLease("quick").job();
        assertThat(second.epoch()).isEqualTo(2);

        assertThat(world.jobs.holder(late.id(), late.epoch())).isEmpty();
        assertThat(world.archived(late, UUID.randomUUID())).isFalse();
        assertThat(world.jobs.fail(late.id(), late.epoch(), "X", "late", true)).isFalse();
        assertThat(world.jobs.cancelled(late.id(), late.epoch())).isFalse();
        assertThat(world.leases.heartbeat(late.id(), beat(late.epoch()))).isEmpty();
        assertThat(world.leases.thumbnail(late.id(), late.epoch(), new byte[3])).isFalse();
        assertThat(world.jobs.extend(late.id(), late.epoch())).isFalse();

        assertThat(world.now(job).agent()).isEqualTo("quick");
        assertThat(world.jobs.holder(second.id(), second.epoch())).isPresent();
    }

    @Test
    void resultAfterTheLeaseRanOutCountsWhileNobodyElseHasTheJob() {
        world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        world.clock.advance(Duration.ofMinutes(5));
        assertThat(world.archived(leased, UUID.randomUUID())).isTrue();
    }

    @Test
    void heartbeatKeepsTheJob() {
        world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        for (int i = 0; i < 5; i++) {
            world.clock.advance(Duration.ofSeconds(40));
            assertThat(world.leases.heartbeat(leased.id(), beat(leased.epoch())))
                    .isPresent();
            assertThat(world.jobs.takeBackLost()).isZero();
        }
    }

    @Test
    void failedAttemptsWaitLongerEachTimeAndEndInFailure() {
        Job job = world.submit("https://shop.example/");
        Instant before = world.clock.instant();
        Job one = world.mustLease("a").job();
        assertThat(world.jobs.fail(one.id(), one.epoch(), "PAGE_TIMEOUT", "no answer", true))
                .isTrue();
        Job waiting = world.now(job);
        assertThat(waiting.state()).isEqualTo(JobState.READY);
        assertThat(waiting.failureCode()).isEqualTo("PAGE_TIMEOUT");
        assertThat(waiting.runAt()).isBetween(before.plusSeconds(15), before.plusSeconds(30));
        assertThat(world.lease("a")).isEmpty();

        world.clock.advance(Duration.ofSeconds(31));
        before = world.clock.instant();
        Job two = world.mustLease("a").job();
        world.jobs.fail(two.id(), two.epoch(), "PAGE_TIMEOUT", "no answer", true);
        assertThat(world.now(job).runAt()).isBetween(before.plusSeconds(30), before.plusSeconds(60));

        world.clock.advance(Duration.ofSeconds(61));
        Job three = world.mustLease("a").job();
        world.jobs.fail(three.id(), three.epoch(), "PAGE_TIMEOUT", "no answer", true);
        Job failed = world.now(job);
        assertThat(failed.state()).isEqualTo(JobState.FAILED);
        assertThat(failed.attempts()).isEqualTo(3);
        assertThat(failed.failureMessage()).isEqualTo("no answer");
        // Each attempt that gave no package has its entry in the transparency log.
        assertThat(world.count("select count(distinct leaf) from log_queue where kind = 'failure'"))
                .isEqualTo(failed.attempts());
        assertThat(world.actions(job))
                .containsExactly(
                        "job.submit",
                        "job.lease",
                        "job.attempt.failed",
                        "job.lease",
                        "job.attempt.failed",
                        "job.lease",
                        "job.failed");
    }

    @Test
    void failureThatCannotBeHelpedIsNotTriedAgain() {
        Job job = world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        world.jobs.fail(leased.id(), leased.epoch(), "EGRESS_REFUSED", "not allowed", false);
        assertThat(world.now(job).state()).isEqualTo(JobState.FAILED);
    }

    @Test
    void retryByHandGivesAllAttemptsAgainAndNeverAnEarlierEpoch() {
        Job job = world.submit("https://shop.example/");
        Job first = world.mustLease("a").job();
        world.jobs.fail(first.id(), first.epoch(), "X", "x", false);
        Job again = world.jobs.retry(job.id(), FIRST);
        assertThat(again.state()).isEqualTo(JobState.READY);
        assertThat(again.attempts()).isZero();
        Job second = world.mustLease("a").job();
        assertThat(second.epoch()).isEqualTo(2);
        assertThat(world.archived(first, UUID.randomUUID())).isFalse();
        assertThat(world.archived(second, UUID.randomUUID())).isTrue();
        assertThatThrownBy(() -> world.jobs.retry(job.id(), FIRST))
                .isInstanceOfSatisfying(
                        JobRefused.class, e -> assertThat(e.code()).isEqualTo(Code.WRONG_STATE));
    }

    @Test
    void waitingJobIsCancelledAtOnce() {
        Job job = world.submit("https://shop.example/");
        Job after = world.jobs.cancel(job.id(), FIRST, " wrong shop ");
        assertThat(after.state()).isEqualTo(JobState.CANCELLED);
        assertThat(after.cancelReason()).isEqualTo("wrong shop");
        assertThat(world.lease("a")).isEmpty();
        assertThat(world.actions(job)).containsExactly("job.submit", "job.cancelled");
    }

    @Test
    void runningJobIsCancelledByItsAgent() {
        Job job = world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        assertThat(world.jobs.cancel(job.id(), FIRST, null).cancelling()).isTrue();
        assertThat(world.leases
                        .heartbeat(leased.id(), beat(leased.epoch()))
                        .orElseThrow()
                        .cancel())
                .isTrue();
        assertThat(world.jobs.cancelled(leased.id(), leased.epoch())).isTrue();
        assertThat(world.now(job).state()).isEqualTo(JobState.CANCELLED);
        assertThat(world.actions(job)).containsExactly("job.submit", "job.lease", "job.cancel", "job.cancelled");
    }

    @Test
    void evidenceThatIsThereIsKeptThoughTheEndWasAskedFor() {
        Job job = world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        world.jobs.cancel(job.id(), FIRST, null);
        assertThat(world.archived(leased, UUID.randomUUID())).isTrue();
        assertThat(world.now(job).state()).isEqualTo(JobState.DONE);
    }

    @Test
    void cancelledJobOfALostAgentIsNotTriedAgain() {
        Job job = world.submit("https://shop.example/");
        world.mustLease("a");
        world.jobs.cancel(job.id(), FIRST, null);
        world.clock.advance(Duration.ofSeconds(61));
        world.jobs.takeBackLost();
        assertThat(world.now(job).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void agentThatIsStoppedGivesItsJobBack() {
        Job job = world.submit("https://shop.example/");
        Job leased = world.mustLease("a").job();
        world.jobs.cancelled(leased.id(), leased.epoch());
        assertThat(world.now(job).state()).isEqualTo(JobState.READY);
    }

    @Test
    void whatHasEndedCannotBeCancelled() {
        Job job = world.submit("https://shop.example/");
        world.archived(world.mustLease("a").job(), UUID.randomUUID());
        assertThatThrownBy(() -> world.jobs.cancel(job.id(), FIRST, null))
                .isInstanceOfSatisfying(
                        JobRefused.class, e -> assertThat(e.code()).isEqualTo(Code.WRONG_STATE));
        assertThatThrownBy(() -> world.jobs.cancel(99_999, FIRST, null))
                .isInstanceOfSatisfying(
                        JobRefused.class, e -> assertThat(e.code()).isEqualTo(Code.NO_SUCH_JOB));
    }

    private static Heartbeat beat(long epoch) {
        return new Heartbeat(epoch, "load", List.of(new StepDone("browser", 900, "OK")), 1_000, 2_000);
    }
}
