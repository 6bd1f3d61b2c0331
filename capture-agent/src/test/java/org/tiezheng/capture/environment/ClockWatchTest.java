package org.tiezheng.capture.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiezheng.capture.record.CaptureJson;

class ClockWatchTest {

    /** A clock that somebody can set. */
    private static final class SettableClock extends Clock {
        private volatile Duration shift = Duration.ZERO;

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
            return Clock.systemUTC().instant().plus(shift);
        }
    }

    @Test
    void aGoodClockIsProvedBeforeAndAfter() throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(Clock.systemUTC(), Duration.ofMillis(20))) {
            ClockWatch watch = ClockWatch.start(Clock.systemUTC(), List.of(server.address()), ClockWatch.DEFAULT_LIMIT);
            ClockProof proof = watch.finish(new ClockProof.PageReading(Instant.EPOCH, 0.5, 2));

            assertThat(proof.judgement()).isEqualTo(ClockProof.Judgement.OK);
            assertThat(proof.before()).hasSize(1);
            assertThat(proof.after()).hasSize(1);
            assertThat(proof.driftMs()).isCloseTo(0, within(200.0));
            assertThat(proof.kernel().detail()).isNotEmpty();
            String json = CaptureJson.mapper().writeValueAsString(proof);
            assertThat(json).contains("\"limitMs\" : 1000", "\"stratum\" : 2", "\"offsetMs\" : 0.5");
            assertThat(CaptureJson.mapper().writeValueAsString(proof)).isEqualTo(json);
        }
    }

    @Test
    void settingTheClockDuringTheCaptureShows() throws Exception {
        SettableClock clock = new SettableClock();
        try (LoopbackNtp server = new LoopbackNtp(Clock.systemUTC(), Duration.ZERO)) {
            ClockWatch watch = ClockWatch.start(clock, List.of(server.address()), ClockWatch.DEFAULT_LIMIT);
            clock.shift = Duration.ofHours(-1);
            ClockProof proof = watch.finish(null);

            assertThat(proof.driftMs()).isCloseTo(-3_600_000, within(2_000.0));
            assertThat(proof.judgement()).isEqualTo(ClockProof.Judgement.NOT_OK);
        }
    }

    @Test
    void aWrongClockIsNotOk() throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(Clock.systemUTC(), Duration.ofSeconds(5))) {
            ClockWatch watch = ClockWatch.start(Clock.systemUTC(), List.of(server.address()), ClockWatch.DEFAULT_LIMIT);
            assertThat(watch.finish(null).judgement()).isEqualTo(ClockProof.Judgement.NOT_OK);
        }
    }

    @Test
    void withoutAnAnswerNothingIsKnown() {
        ClockWatch watch =
                ClockWatch.start(Clock.systemUTC(), List.of("no-such-host.invalid"), ClockWatch.DEFAULT_LIMIT);
        ClockProof proof = watch.finish(null);

        assertThat(proof.judgement()).isEqualTo(ClockProof.Judgement.NOT_AVAILABLE);
        assertThat(proof.before().get(0).reason()).isNotNull();
        assertThat(ClockWatch.start(Clock.systemUTC(), List.of(), ClockWatch.DEFAULT_LIMIT)
                        .finish(null)
                        .judgement())
                .isEqualTo(ClockProof.Judgement.NOT_AVAILABLE);
    }
}
