package org.tiezheng.capture.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SntpClientTest {
    private static final Clock CLOCK = Clock.systemUTC();
    private final SntpClient client = new SntpClient(CLOCK, Duration.ofSeconds(1));

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 2_500, -86_400_000, 31_536_000_000L})
    void theOffsetIsServerMinusMachine(long offsetMs) throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(CLOCK, Duration.ofMillis(offsetMs))) {
            SntpSample sample = client.ask(server.address());

            assertThat(sample.reason()).isNull();
            assertThat(sample.available()).isTrue();
            assertThat(sample.delayMs()).isNotNegative();
            // the true offset lies within half the round trip of the measured one
            assertThat(sample.offsetMs()).isCloseTo(offsetMs, within(sample.delayMs() / 2 + 1.0));
            assertThat(sample.stratum()).isEqualTo(2);
            assertThat(sample.referenceId()).isEqualTo("10.1.2.3");
            assertThat(sample.rootDelayMs()).isEqualTo(500.0);
            assertThat(sample.rootDispersionMs()).isEqualTo(250.0);
            assertThat(sample.leap()).isZero();
            assertThat(sample.address()).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void theServersOwnTimeIsNotDelay() throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(CLOCK, Duration.ZERO)) {
            server.thinking = Duration.ofMillis(400);
            SntpSample sample = client.ask(server.address());

            assertThat(sample.delayMs()).isLessThan(400);
            assertThat(sample.offsetMs()).isCloseTo(0, within(sample.delayMs() / 2 + 1.0));
        }
    }

    @Test
    void aMachineAfter2036ReadsTheNextEra() throws Exception {
        Clock later = Clock.offset(CLOCK, Duration.between(CLOCK.instant(), Instant.parse("2036-02-07T06:28:20Z")));
        try (LoopbackNtp server = new LoopbackNtp(later, Duration.ofSeconds(-10))) {
            // the server's time is still in the old era, ours in the new one
            SntpSample sample = new SntpClient(later, Duration.ofSeconds(1)).ask(server.address());

            assertThat(sample.offsetMs()).isCloseTo(-10_000, within(sample.delayMs() / 2 + 1.0));
        }
    }

    @Test
    void stratumOneNamesItsClock() throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(CLOCK, Duration.ZERO)) {
            server.stratum = 1;
            server.reference = new byte[] {'G', 'P', 'S', 0};
            server.leap = 1;
            SntpSample sample = client.ask(server.address());

            assertThat(sample.referenceId()).isEqualTo("GPS");
            assertThat(sample.leap()).isEqualTo(1);
        }
    }

    @Test
    void aServerThatWantsToBeLeftAloneIsNotAvailable() throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(CLOCK, Duration.ZERO)) {
            server.stratum = 0;
            server.reference = new byte[] {'R', 'A', 'T', 'E'};
            assertNotAvailable(server, "kiss-of-death RATE");
        }
    }

    @Test
    void anUnsynchronisedServerIsNotAvailable() throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(CLOCK, Duration.ZERO)) {
            server.leap = 3;
            assertNotAvailable(server, "unsynchronised");
            server.leap = 0;
            server.stratum = 16;
            assertNotAvailable(server, "unsynchronised");
        }
    }

    @Test
    void answersThatAreNoneAreSaidSo() throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(CLOCK, Duration.ZERO)) {
            server.spoil = answer -> answer.putLong(24, answer.getLong(24) + 1);
            assertNotAvailable(server, "bogus origin");
            server.spoil = answer -> answer.put(0, (byte) (4 << 3 | 5));
            assertNotAvailable(server, "bogus mode 5");
            server.spoil = answer -> answer.put(0, (byte) (2 << 3 | 4));
            assertNotAvailable(server, "bogus version 2");
            server.spoil = answer -> answer.putLong(32, answer.getLong(40) + (1L << 32));
            assertNotAvailable(server, "bogus times");
            server.spoil = answer -> answer.putLong(40, answer.getLong(40) + (100L << 32));
            assertNotAvailable(server, "bogus times");
            Consumer<ByteBuffer> noTime = answer -> answer.putLong(40, 0);
            server.spoil = noTime;
            assertNotAvailable(server, "unsynchronised");
        }
    }

    @Test
    void strayPacketsDoNotHideTheAnswer() throws Exception {
        try (LoopbackNtp server = new LoopbackNtp(CLOCK, Duration.ZERO)) {
            server.junkFirst = true;
            assertThat(client.ask(server.address()).available()).isTrue();
        }
    }

    @Test
    void silenceAndNonsenseAreRecordedNotThrown() throws Exception {
        String closed;
        try (LoopbackNtp server = new LoopbackNtp(CLOCK, Duration.ZERO)) {
            closed = server.address();
            server.silent = true;
            assertNotAvailable(server, "timeout");
        }
        assertThat(client.ask(closed).reason()).isIn("unreachable", "timeout");
        assertThat(client.ask("no-such-host.invalid").reason()).isEqualTo("unknown-host");
        assertThat(client.ask("127.0.0.1:0").reason()).isEqualTo("no such port");
        assertThat(client.ask("").available()).isFalse();
        assertThat(client.ask("[::1").available()).isFalse();
    }

    @Test
    void allServersAreAskedAtOnceAndInOrder() throws Exception {
        try (LoopbackNtp dead = new LoopbackNtp(CLOCK, Duration.ZERO);
                LoopbackNtp good = new LoopbackNtp(CLOCK, Duration.ofMillis(50))) {
            dead.silent = true;
            List<SntpSample> samples =
                    client.askAll(List.of(dead.address(), good.address(), "no-such-host.invalid", dead.address()));

            assertThat(samples).extracting(SntpSample::available).containsExactly(false, true, false, false);
            assertThat(samples).extracting(SntpSample::server).element(1).isEqualTo(good.address());
        }
    }

    private void assertNotAvailable(LoopbackNtp server, String reason) {
        SntpSample sample = client.ask(server.address());
        assertThat(sample.reason()).isEqualTo(reason);
        assertThat(sample.available()).isFalse();
        assertThat(sample.offsetMs()).isNull();
    }
}
