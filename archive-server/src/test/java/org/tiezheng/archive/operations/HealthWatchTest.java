package org.tiezheng.archive.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HealthWatchTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now.get();
        }
    };

    private interface Look {
        Health look() throws Exception;
    }

    private static HealthPart part(String name, boolean required, Look look) {
        return new HealthPart() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public boolean isRequired() {
                return required;
            }

            @Override
            public Health look() throws Exception {
                return look.look();
            }
        };
    }

    private HealthReport report(HealthPart... parts) {
        try (HealthWatch watch = new HealthWatch(List.of(parts), clock, Duration.ofSeconds(10))) {
            return watch.report();
        }
    }

    @Test
    void onlyARequiredPartMakesTheServerUnready() {
        HealthPart fine = part("a", true, () -> Health.up("ok"));
        HealthPart broken = part("b", false, () -> {
            throw new IOException("no");
        });
        HealthReport report = report(fine, broken);
        assertThat(report.ready()).isTrue();
        assertThat(report.status()).isEqualTo(Health.Status.DOWN);
        assertThat(report.parts()).containsEntry("b", Health.down("failed"));
        assertThat(report(part("a", true, () -> Health.down("x"))).ready()).isFalse();
        assertThat(report(part("a", true, () -> Health.degraded("x"))).ready()).isTrue();
    }

    @Test
    void answerIsKeptForFiveSeconds() {
        AtomicInteger looks = new AtomicInteger();
        HealthPart part = part("a", true, () -> Health.up("ok", String.valueOf(looks.incrementAndGet())));
        try (HealthWatch watch = new HealthWatch(List.of(part), clock)) {
            watch.report();
            now.set(Instant.EPOCH.plusSeconds(4));
            watch.report();
            assertThat(looks).hasValue(1);
            now.set(Instant.EPOCH.plusSeconds(6));
            watch.report();
            assertThat(looks).hasValue(2);
        }
    }

    @Test
    void partThatHangsIsDownAndNotAskedTwice() {
        AtomicInteger looks = new AtomicInteger();
        CountDownLatch release = new CountDownLatch(1);
        HealthPart part = part("a", true, () -> {
            looks.incrementAndGet();
            release.await();
            return Health.up("ok");
        });
        try (HealthWatch watch = new HealthWatch(List.of(part), clock, Duration.ofMillis(50))) {
            assertThat(watch.report().parts()).containsEntry("a", Health.down("no-answer"));
            now.set(Instant.EPOCH.plusSeconds(60));
            assertThat(watch.report().ready()).isFalse();
            assertThat(looks).hasValue(1);
        } finally {
            release.countDown();
        }
    }
}
