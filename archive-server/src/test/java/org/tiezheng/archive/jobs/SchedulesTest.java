package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiezheng.archive.jobs.JobsWorld.FIRST;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.jobs.JobRefused.Code;
import org.tiezheng.archive.jobs.Schedule.State;

/** The clock of the world begins at 10:00 in Beijing. */
class SchedulesTest {
    private static final String NOON = "0 12 * * *";

    private final JobsWorld world = new JobsWorld();

    private Schedule daily(int days) {
        return world.schedules.create(
                "daily",
                List.of("https://a.example/", "https://b.example/"),
                JobsWorld.submission(),
                NOON,
                JobsWorld.START.plus(Duration.ofDays(days)),
                FIRST);
    }

    private void finishAll() {
        for (var lease = world.lease("x"); lease.isPresent(); lease = world.lease("x")) {
            world.archived(lease.get().job(), UUID.randomUUID());
        }
    }

    private Schedule now(Schedule schedule) {
        return world.schedules.find(schedule.id()).orElseThrow();
    }

    @Test
    void runsAtItsTimeInBeijingAndNotBefore() {
        Schedule schedule = daily(10);
        assertThat(schedule.nextAt()).isEqualTo(Instant.parse("2026-11-22T04:00:00Z"));
        world.clock.advance(Duration.ofMinutes(119));
        assertThat(world.schedules.runDue()).isZero();
        world.clock.advance(Duration.ofMinutes(1));
        assertThat(world.schedules.runDue()).isEqualTo(1);
        assertThat(world.schedules.runDue()).isZero();
        assertThat(world.count("select count(*) from job")).isEqualTo(2);
        assertThat(now(schedule).nextAt()).isEqualTo(Instant.parse("2026-11-23T04:00:00Z"));
        Job job = world.mustLease("x").job();
        assertThat(job.submittedBy()).isEqualTo(FIRST.id());
        assertThat(job.batchId()).isEqualTo(now(schedule).lastBatchId());
    }

    @Test
    void aChangeCountsFromTheNextRunOnAndTheAuditLogHasBeforeAndAfter() {
        Schedule schedule = daily(10);
        Instant end = JobsWorld.START.plus(Duration.ofDays(20));
        Schedule changed = world.schedules.edit(
                schedule.id(),
                "daily",
                List.of("https://b.example/", "https://c.example/"),
                JobsWorld.submission(),
                "0 11 * * *",
                end,
                FIRST,
                schedule.version());
        assertThat(changed.urls()).containsExactly("https://b.example/", "https://c.example/");
        assertThat(changed.nextAt()).isEqualTo(Instant.parse("2026-11-22T03:00:00Z"));
        assertThat(changed.endsAt()).isEqualTo(end);
        assertThat(changed.version()).isGreaterThan(schedule.version());
        var latest = world.schedules.history(schedule.id()).get(0).event();
        assertThat(latest.action()).isEqualTo("schedule.edit");
        assertThat(latest.reason())
                .contains("-> " + changed.cron(), "added https://c.example/", "removed https://a.example/")
                .doesNotContain("second officer");

        Actor second = new Actor(JobsWorld.SECOND, "执法人员乙", "SECOND_OFFICER", "3601-002", null, null);
        Submission bySecond = new Submission(JobsWorld.OPTIONS, CaptureContext.NONE, FIRST.id(), Submission.USUAL);
        assertThatThrownBy(() -> world.schedules.edit(
                        changed.id(), "x", changed.urls(), bySecond, NOON, changed.endsAt(), second, null))
                .isInstanceOfSatisfying(
                        JobRefused.class, refused -> assertThat(refused.code()).isEqualTo(Code.NOT_YOURS));
        assertThatThrownBy(() -> edit(changed, NOON, FIRST, schedule.version()))
                .isInstanceOfSatisfying(
                        JobRefused.class, refused -> assertThat(refused.code()).isEqualTo(Code.CHANGED_MEANWHILE));
        assertThatThrownBy(() -> edit(changed, "* * * * *", FIRST, null)).isInstanceOf(JobRefused.class);
        Schedule paused = world.schedules.pause(schedule.id(), FIRST, null);
        assertThat(edit(paused, NOON, FIRST, null).state()).isEqualTo(State.PAUSED);
        assertThat(now(schedule).nextAt()).isNull();
        Schedule ended = world.schedules.end(schedule.id(), FIRST, null);
        assertThatThrownBy(() -> edit(ended, NOON, FIRST, null))
                .isInstanceOfSatisfying(
                        JobRefused.class, refused -> assertThat(refused.code()).isEqualTo(Code.WRONG_STATE));
    }

    private Schedule edit(
            Schedule schedule, String cron, Actor actor, @org.jspecify.annotations.Nullable Long version) {
        return world.schedules.edit(
                schedule.id(),
                schedule.name(),
                schedule.urls(),
                JobsWorld.submission(),
                cron,
                schedule.endsAt(),
                actor,
                version);
    }

    @Test
    void missedRunsAreMadeUpByOne() {
        Schedule schedule = daily(10);
        world.clock.advance(Duration.ofDays(3).plusHours(3));
        assertThat(world.schedules.runDue()).isEqualTo(1);
        assertThat(world.count("select count(*) from batch")).isEqualTo(1);
        assertThat(now(schedule).nextAt()).isEqualTo(Instant.parse("2026-11-26T04:00:00Z"));
        assertThat(world.audit.ofObject("schedule", String.valueOf(schedule.id())).stream()
                        .map(entry -> String.valueOf(entry.event().reason()))
                        .filter(reason -> reason.contains("3 more that were missed")))
                .hasSize(1);
    }

    @Test
    void manyServersMakeARunOnce() throws Exception {
        daily(10);
        world.clock.advance(Duration.ofHours(2));
        ExecutorService servers = Executors.newFixedThreadPool(6);
        try {
            List<Future<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                futures.add(servers.submit(() -> world.schedules.runDue()));
            }
            int runs = 0;
            for (Future<Integer> future : futures) {
                runs += future.get(60, TimeUnit.SECONDS);
            }
            assertThat(runs).isEqualTo(1);
        } finally {
            servers.shutdownNow();
        }
        assertThat(world.count("select count(*) from batch")).isEqualTo(1);
    }

    @Test
    void runIsLeftOutWhileTheOneBeforeIsNotFinished() {
        daily(10);
        world.clock.advance(Duration.ofHours(2));
        world.schedules.runDue();
        world.clock.advance(Duration.ofDays(1));
        assertThat(world.schedules.runDue()).isEqualTo(1);
        assertThat(world.count("select count(*) from batch")).isEqualTo(1);
        finishAll();
        world.clock.advance(Duration.ofDays(1));
        world.schedules.runDue();
        assertThat(world.count("select count(*) from batch")).isEqualTo(2);
    }

    @Test
    void endsAfterItsLastTime() {
        Schedule schedule = daily(2);
        world.clock.advance(Duration.ofHours(2));
        world.schedules.runDue();
        finishAll();
        world.clock.advance(Duration.ofDays(1));
        world.schedules.runDue();
        assertThat(now(schedule).state()).isEqualTo(State.ENDED);
        world.clock.advance(Duration.ofDays(5));
        assertThat(world.schedules.runDue()).isZero();
        assertThat(world.count("select count(*) from batch")).isEqualTo(2);
    }

    @Test
    void pausedScheduleDoesNotRunAndMakesNothingUp() {
        Schedule schedule = daily(10);
        world.schedules.pause(schedule.id(), FIRST, null);
        world.clock.advance(Duration.ofDays(3));
        assertThat(world.schedules.runDue()).isZero();
        world.schedules.resume(schedule.id(), FIRST, null);
        assertThat(world.schedules.runDue()).isZero();
        assertThat(now(schedule).nextAt()).isEqualTo(Instant.parse("2026-11-25T04:00:00Z"));
    }

    @Test
    void certificateThatHasRunOutPausesTheSchedule() {
        Schedule schedule = daily(200);
        world.clock.advance(Duration.ofDays(150));
        world.schedules.runDue();
        assertThat(now(schedule).state()).isEqualTo(State.PAUSED);
        assertThat(now(schedule).pauseReason()).isEqualTo("jobs.certificate");
        assertThat(world.count("select count(*) from batch")).isZero();
    }

    @Test
    void onlyItsOwnerChangesItAndOnlyTheVersionHeSaw() {
        Schedule schedule = daily(10);
        refused(Code.NOT_YOURS, () -> world.schedules.pause(schedule.id(), Actor.system("other"), null));
        refused(Code.CHANGED_MEANWHILE, () -> world.schedules.pause(schedule.id(), FIRST, schedule.version() + 1));
        world.schedules.end(schedule.id(), FIRST, schedule.version());
        refused(Code.WRONG_STATE, () -> world.schedules.resume(schedule.id(), FIRST, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "x", "* * * * *", "*/4 * * * *", "0 12 * *", "0 25 * * *", "0 0 30 2 *", "@daily; drop"})
    void timesThatCannotBeUsedAreRefused(String cron) {
        assertThatThrownBy(() -> world.schedules.create(
                        "x",
                        List.of("https://a.example/"),
                        JobsWorld.submission(),
                        cron,
                        JobsWorld.START.plus(Duration.ofDays(9)),
                        FIRST))
                .isInstanceOf(JobRefused.class);
    }

    @Test
    void endMustBeAfterTheFirstRunAndWithinAYear() {
        refused(Code.SCHEDULE_END, () -> daily(0));
        refused(Code.SCHEDULE_END, () -> daily(400));
    }

    private static void refused(Code code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        JobRefused.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
