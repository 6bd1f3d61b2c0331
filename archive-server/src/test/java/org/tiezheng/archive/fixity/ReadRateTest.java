package org.tiezheng.archive.fixity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** On a clock of its own, which only sleeping moves. */
class ReadRateTest {
    private static final int BLOCK = 1 << 18;
    private static final long MILLISECOND = 1_000_000;

    private final AtomicLong nanos = new AtomicLong();
    private long sleeps;

    private ReadRate rate(long bytesPerSecond) {
        return new ReadRate(bytesPerSecond, nanos::get, wait -> {
            sleeps++;
            // As a real one does: never less than a millisecond, and some more than asked for.
            nanos.addAndGet(Math.max(wait, MILLISECOND) + MILLISECOND / 10);
        });
    }

    @Test
    void aRateThatIsNeverReachedCostsNoSleep() throws InterruptedException {
        ReadRate rate = rate(1L << 40);
        for (int i = 0; i < 1000; i++) {
            rate.pass(BLOCK);
            nanos.addAndGet(BLOCK / 2);
        }
        assertThat(sleeps).isZero();
    }

    @Test
    void aSlowRateIsKeptToWithinAFewHundredths() throws InterruptedException {
        long bytesPerSecond = 50_000_000;
        ReadRate rate = rate(bytesPerSecond);
        long blocks = 1000;
        for (int i = 0; i < blocks; i++) {
            rate.pass(BLOCK);
        }
        double seconds = nanos.get() / 1e9;
        assertThat(blocks * BLOCK / seconds).isCloseTo(bytesPerSecond, Percentage.withPercentage(3));
    }

    @Test
    void tinyReadsShareOneSleep() throws InterruptedException {
        ReadRate rate = rate(1_000_000);
        for (int i = 0; i < 10_000; i++) {
            rate.pass(100);
        }
        assertThat(sleeps).isBetween(1L, 250L);
        assertThat(nanos.get() / 1e9).isBetween(0.95, 1.1);
    }
}
