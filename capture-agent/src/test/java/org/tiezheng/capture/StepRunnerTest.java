package org.tiezheng.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.tiezheng.capture.record.Step;
import org.tiezheng.capture.record.Step.Outcome;

class StepRunnerTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final StepRunner runner = runner(LONG);

    @Test
    void resultAndDetailOfAStepAreKept() {
        String made = runner.run("pdf", LONG, note -> {
            note.detail("3 pages");
            return "file";
        });
        assertThat(made).isEqualTo("file");
        Step step = runner.steps().get(0);
        assertThat(step.no()).isEqualTo(1);
        assertThat(step.outcome()).isEqualTo(Outcome.OK);
        assertThat(step.detail()).isEqualTo("3 pages");
    }

    @Test
    void failedStepFailsAloneAndSaysWhy() {
        Object made = runner.run("pdf", LONG, note -> {
            throw new IOException("disk is full");
        });
        assertThat(made).isNull();
        Integer next = runner.run("dom", LONG, note -> 1);
        assertThat(next).isEqualTo(1);
        assertThat(runner.steps()).extracting(Step::outcome).containsExactly(Outcome.ERROR, Outcome.OK);
        assertThat(runner.steps().get(0).detail()).isEqualTo("disk is full");
    }

    @Test
    void stepWhoseTimeIsUpIsInterruptedAndTheNextOneRuns() {
        AtomicBoolean interrupted = new AtomicBoolean();
        runner.work("navigate", Duration.ofMillis(50), note -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
        });
        runner.work("load", LONG, note -> {});
        assertThat(interrupted).isTrue();
        assertThat(runner.steps()).extracting(Step::outcome).containsExactly(Outcome.TIMEOUT, Outcome.OK);
    }

    @Test
    void whenTheTotalTimeIsOverOnlyTheStepsThatMustRunDo() {
        StepRunner spent = runner(Duration.ZERO);
        Integer ordinary = spent.run("pdf", LONG, note -> 1);
        Integer always = spent.runAlways("close", LONG, note -> 2);
        assertThat(ordinary).isNull();
        assertThat(always).isEqualTo(2);
        assertThat(spent.steps()).extracting(Step::outcome).containsExactly(Outcome.SKIPPED, Outcome.OK);
    }

    @Test
    void cancellingInterruptsTheRunningStepAndSkipsTheRest() throws InterruptedException {
        CountDownLatch running = new CountDownLatch(1);
        Thread capture = new Thread(() -> {
            runner.work("load", LONG, note -> {
                running.countDown();
                new CountDownLatch(1).await();
            });
            runner.work("pdf", LONG, note -> {});
            runner.workAlways("close", LONG, note -> {});
        });
        capture.start();
        assertThat(running.await(1, TimeUnit.MINUTES)).isTrue();
        runner.cancel();
        capture.join(60_000);
        assertThat(runner.steps())
                .extracting(Step::outcome)
                .containsExactly(Outcome.ERROR, Outcome.SKIPPED, Outcome.OK);
        assertThat(runner.steps().get(0).detail()).isEqualTo("cancelled");
    }

    @Test
    void stepMayHaveAResultThoughItsTimeWasUp() {
        String state = runner.run("load", LONG, note -> {
            note.timeout("load event did not come");
            return "interactive";
        });
        assertThat(state).isEqualTo("interactive");
        assertThat(runner.steps().get(0).outcome()).isEqualTo(Outcome.TIMEOUT);
    }

    @Test
    void stepsBesideEachOtherAreWrittenDownInTheOrderTheyAreEndedWithTheirOwnTimes() throws Exception {
        CountDownLatch bothRun = new CountDownLatch(2);
        CountDownLatch secondOver = new CountDownLatch(1);
        StepRunner.Running<Integer> first = runner.start("environment", LONG, note -> {
            bothRun.countDown();
            bothRun.await();
            secondOver.await();
            return 1;
        });
        StepRunner.Running<Integer> second = runner.start("clock-before", LONG, note -> {
            bothRun.countDown();
            bothRun.await();
            return 2;
        });
        // Over before the first, and ended after it: its own time must be kept.
        while (!second.isOver()) {
            Thread.onSpinWait();
        }
        secondOver.countDown();
        assertThat(runner.end(first)).isEqualTo(1);
        assertThat(runner.end(second)).isEqualTo(2);
        assertThat(runner.steps()).extracting(Step::name).containsExactly("environment", "clock-before");
        assertThat(runner.steps()).extracting(Step::no).containsExactly(1, 2);
        assertThat(runner.steps().get(1).endedAt())
                .isBeforeOrEqualTo(runner.steps().get(0).endedAt());
    }

    @Test
    void cancellingInterruptsAllThatRunBesideEachOther() {
        StepRunner.Action<Integer> forever = note -> {
            new CountDownLatch(1).await();
            return 1;
        };
        StepRunner.Running<Integer> first = runner.start("environment", LONG, forever);
        StepRunner.Running<Integer> second = runner.start("clock-before", LONG, forever);
        runner.cancel();
        StepRunner.Running<Integer> third = runner.start("not-before", LONG, forever);
        assertThat(runner.end(first)).isNull();
        assertThat(runner.end(second)).isNull();
        assertThat(runner.end(third)).isNull();
        assertThat(runner.steps())
                .extracting(Step::outcome)
                .containsExactly(Outcome.ERROR, Outcome.ERROR, Outcome.SKIPPED);
    }

    @Test
    void whatComesAfterTheRecordIsShownButNotOnRecord() {
        List<Step> shown = new ArrayList<>();
        StepRunner late = new StepRunner(Clock.systemUTC(), LONG, new StepRunner.Listener() {
            @Override
            public void ended(Step step) {
                shown.add(step);
            }
        });
        assertThatThrownBy(() -> late.show("seal", note -> {
                    throw new IOException("disk is full");
                }))
                .hasMessage("disk is full");
        assertThat(late.steps()).isEmpty();
        assertThat(shown).extracting(Step::outcome).containsExactly(Outcome.ERROR);
        assertThat(shown).extracting(Step::detail).containsExactly("disk is full");
    }

    private static StepRunner runner(Duration total) {
        return new StepRunner(Clock.systemUTC(), total, new StepRunner.Listener() {});
    }
}
