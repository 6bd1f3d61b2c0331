package org.tiezheng.capture.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our client against somebody else's server: Debian's chronyd on a loopback port, never touching the system clock. Where it is not
 * installed the test is reported as skipped; {@code -Dchronyd=PATH} names another one.
 */
class ChronyTest {
    @TempDir
    Path folder;

    @Test
    void chronysAnswerIsUnderstood() throws Exception {
        Path chronyd = Path.of(System.getProperty("chronyd", "/usr/sbin/chronyd"));
        assumeTrue(Files.isExecutable(chronyd), chronyd + " is not installed");
        int port;
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            port = free.getLocalPort();
        }
        Path config = folder.resolve("chrony.conf");
        Files.writeString(
                config,
                "port " + port
                        + "\ncmdport 0\nbindaddress 127.0.0.1\nbindcmdaddress /\nallow 127.0.0.1\nlocal stratum 8\n"
                        + "pidfile " + folder.resolve("pid") + "\n");
        Process server = new ProcessBuilder(
                        chronyd.toString(), "-x", "-d", "-u", System.getProperty("user.name"), "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        try {
            SntpClient client = new SntpClient(Clock.systemUTC(), Duration.ofSeconds(1));
            SntpSample sample = client.ask("127.0.0.1:" + port);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!sample.available() && System.nanoTime() < deadline) {
                Thread.sleep(200);
                sample = client.ask("127.0.0.1:" + port);
            }
            assertThat(sample.reason())
                    .as(Files.readString(folder.resolve("log")))
                    .isNull();
            assertThat(sample.stratum()).isEqualTo(8);
            assertThat(sample.referenceId()).isEqualTo("127.127.1.1");
            // the same clock on both sides
            assertThat(Math.abs(sample.offsetMs())).isLessThanOrEqualTo(sample.delayMs() / 2 + 1.0);
        } finally {
            server.destroyForcibly();
        }
    }
}
