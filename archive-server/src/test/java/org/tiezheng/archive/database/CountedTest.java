package org.tiezheng.archive.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.jobs.MovableClock;

class CountedTest {
    private static final long MANY = Counted.MANY + 1;

    private final MovableClock clock = new MovableClock(Instant.parse("2026-11-22T08:00:00Z"));
    private final AtomicLong rows = new AtomicLong();

    private Counted<Long> counted() {
        return new Counted<>("test", rows::get, Long::longValue, clock);
    }

    @Test
    void fewRowsAreCountedWheneverAskedFor() {
        Counted<Long> figure = counted();
        for (long count = 0; count < 3; count++) {
            rows.set(count);
            assertThat(figure.get()).isEqualTo(count);
        }
    }

    @Test
    void whatWasCountedOfManyRowsIsGivenForAMinute() {
        Counted<Long> figure = counted();
        rows.set(MANY);
        assertThat(figure.get()).isEqualTo(MANY);
        rows.set(MANY + 1);
        assertThat(figure.get()).isEqualTo(MANY);
        assertThat(figure.now().at()).isEqualTo(clock.instant());
        assertThat(figure.anew()).isEqualTo(MANY + 1);
        assertThat(figure.get()).isEqualTo(MANY + 1);
    }

    @Test
    void nobodyWaitsForACountThatTakesLong() throws InterruptedException {
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch counting = new CountDownLatch(1);
        Counted<Long> figure = new Counted<>(
                "test",
                () -> {
                    if (rows.get() > MANY) {
                        counting.countDown();
                        await(free);
                    }
                    return rows.get();
                },
                Long::longValue,
                clock);
        rows.set(MANY);
        assertThat(figure.get()).isEqualTo(MANY);
        rows.set(MANY + 1);
        clock.advance(Duration.ofMinutes(2));
        Instant before = clock.instant().minus(Duration.ofMinutes(2));
        assertThat(figure.now().at()).isEqualTo(before);
        assertThat(figure.get()).isEqualTo(MANY);
        await(counting);
        free.countDown();
        for (int i = 0; i < 600 && figure.get() == MANY; i++) {
            Thread.sleep(100);
        }
        assertThat(figure.get()).isEqualTo(MANY + 1);
    }

    @Test
    void afterAnHourItIsWaitedForAndAFailureIsTold() {
        Counted<Long> figure = new Counted<>(
                "test",
                () -> {
                    if (rows.get() < 0) {
                        throw new IllegalStateException("the database is away");
                    }
                    return rows.get();
                },
                Long::longValue,
                clock);
        rows.set(MANY);
        assertThat(figure.get()).isEqualTo(MANY);
        rows.set(-1);
        clock.advance(Duration.ofMinutes(61));
        assertThatThrownBy(figure::get).hasMessage("the database is away");
        rows.set(MANY + 2);
        assertThat(figure.get()).isEqualTo(MANY + 2);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
