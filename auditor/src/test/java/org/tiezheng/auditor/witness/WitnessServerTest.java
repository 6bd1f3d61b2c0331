package org.tiezheng.auditor.witness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.auditor.Main;
import org.tiezheng.evidence.log.AddCheckpoint;
import org.tiezheng.evidence.log.Checkpoint;

/** The witness over HTTP, and as a program that is killed. */
class WitnessServerTest {
    private static final Clock CLOCK = Clock.systemUTC();

    @TempDir
    Path folder;

    private final TestLog log = new TestLog("log.example/evidence", 1);
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private HttpResponse<byte[]> post(URI base, byte[] body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(base.resolve("/add-checkpoint"))
                        .timeout(Duration.ofSeconds(20))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpResponse<String> get(URI base, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(base.resolve(path))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void itSpeaksTheProtocol() throws Exception {
        List<Integer> told = new ArrayList<>();
        try (Witness witness = Witness.open(folder.resolve("w"), "w.example", log.policy(), CLOCK);
                WitnessServer server = WitnessServer.start(
                        witness,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        (status, checkpoint) -> told.add(status))) {
            URI base = URI.create("http://127.0.0.1:" + server.address().getPort() + "/");
            log.grow(10, "a");
            HttpResponse<byte[]> cosigned = post(base, log.request(0));
            assertThat(cosigned.statusCode()).isEqualTo(200);
            assertThat(log.checkpoint()
                            .with(AddCheckpoint.answer(cosigned.body()))
                            .cosignedAt(witness.verifierKeys().get(0)))
                    .isPresent();
            log.grow(1, "a");
            HttpResponse<byte[]> conflict = post(base, log.request(3));
            assertThat(conflict.statusCode()).isEqualTo(409);
            assertThat(conflict.headers().firstValue("Content-Type")).contains(AddCheckpoint.SIZE_TYPE);
            assertThat(conflict.body()).isEqualTo("10\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(post(base, new byte[AddCheckpoint.MAX_BYTES + 1]).statusCode())
                    .isEqualTo(413);
            assertThat(post(base, new TestLog("x.example", 3).request(0)).statusCode())
                    .isEqualTo(404);
            assertThat(told).containsExactly(200, 409);

            String page = get(base, "/").body();
            assertThat(page)
                    .contains("w.example", witness.verifierKeys().get(1).toString(), "log.example/evidence 10 ");
            String path = page.substring(page.indexOf("/checkpoint/")).strip();
            assertThat(Checkpoint.parse(get(base, path).body().getBytes(StandardCharsets.UTF_8))
                            .size())
                    .isEqualTo(10);
            assertThat(get(base, "/checkpoint/0").statusCode()).isEqualTo(404);
            assertThat(get(base, "/add-checkpoint").statusCode()).isEqualTo(404);
        }
    }

    private Process program(List<String> out) throws IOException {
        Files.writeString(folder.resolve("logs.policy"), log.policyText());
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--lang",
                "en",
                "witness",
                "--folder",
                folder.resolve("program").toString(),
                "--name",
                "w.example",
                "--logs",
                folder.resolve("logs.policy").toString(),
                "--listen",
                "127.0.0.1:0");
        builder.redirectError(folder.resolve("err.txt").toFile());
        Process process = builder.start();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.add(line);
            if (line.startsWith("Answers at")) {
                return process;
            }
        }
        throw new IllegalStateException("ended: " + out + Files.readString(folder.resolve("err.txt")));
    }

    private static URI address(List<String> out) {
        Matcher address = Pattern.compile("http://[0-9.:]+").matcher(out.get(out.size() - 1));
        assertThat(address.find()).isTrue();
        return URI.create(address.group() + "/");
    }

    /** Killed while it answers: nothing that it answered is forgotten, and it goes on from there. */
    @Test
    void aKilledWitnessForgetsNothing() throws Exception {
        long answered = 0;
        String keys = null;
        for (int round = 0; round < 3; round++) {
            List<String> out = new ArrayList<>();
            Process process = program(out);
            try {
                String now = String.join(
                        "\n",
                        out.stream().filter(line -> line.startsWith("witness ")).toList());
                assertThat(now).contains("witness w.example-1 w.example+", "witness w.example-2 w.example+");
                assertThat(keys == null || keys.equals(now)).isTrue();
                keys = now;
                URI base = address(out);
                HttpResponse<byte[]> where = post(base, log.grow(1, "a").request(0));
                long its = where.statusCode() == 409
                        ? Long.parseLong(new String(where.body(), StandardCharsets.US_ASCII).strip())
                        : 0;
                assertThat(its).isGreaterThanOrEqualTo(answered);
                long old = where.statusCode() == 200 ? log.size() : its;
                Thread killer = new Thread(() -> {
                    try {
                        Thread.sleep(200);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    process.destroyForcibly();
                });
                killer.start();
                try {
                    for (int i = 0; i < 100_000; i++) {
                        log.grow(1, "a");
                        HttpResponse<byte[]> answer = post(base, log.request(old));
                        assertThat(answer.statusCode()).isEqualTo(200);
                        old = log.size();
                        answered = old;
                    }
                } catch (IOException killed) {
                    // As meant.
                }
                killer.join(10_000);
            } finally {
                process.destroyForcibly();
                assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            }
        }
        assertThat(answered).isPositive();
        try (Witness witness = Witness.open(folder.resolve("program"), "w.example", log.policy(), CLOCK)) {
            assertThat(witness.seen().get(0).size()).isBetween(answered, log.size());
        }
    }

    private String run(int exit, String... args) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        assertThat(Main.run(List.of(args), out, out, CLOCK, false)).isEqualTo(exit);
        return text.toString();
    }

    @Test
    void theCommandSaysWhatIsWrong() throws Exception {
        Path policy = folder.resolve("logs.policy");
        String where = folder.resolve("c").toString();
        assertThat(run(3, "witness")).contains("--folder");
        assertThat(run(3, "witness", "--folder", where, "--name", "w", "--logs", policy.toString()))
                .contains("无法读取");
        Files.writeString(policy, "quorum none\n");
        assertThat(run(3, "--lang", "en", "witness", "--folder", where, "--name", "w", "--logs", policy.toString()))
                .contains("names no log");
        Files.writeString(policy, "nonsense\n");
        assertThat(run(3, "--lang", "en", "witness", "--folder", where, "--name", "w", "--logs", policy.toString()))
                .contains("line 1");
        Files.writeString(policy, log.policyText());
        assertThat(run(3, "witness", "--folder", where, "--name", "a b", "--logs", policy.toString()))
                .contains("密钥名称");
        assertThat(run(3, "witness", "--folder", where, "--name", "w", "--logs", policy.toString(), "--listen", "x"))
                .contains("不是地址");
        String keys = run(0, "witness", "--folder", where, "--name", "w", "--logs", policy.toString(), "--keys-only");
        assertThat(keys).contains("witness w-1 w+", "witness w-2 w+");
        assertThat(run(0, "witness", "--folder", where, "--name", "w", "--logs", policy.toString(), "--keys-only"))
                .isEqualTo(keys);
        Files.delete(Path.of(where, "witness-state"));
        assertThat(run(3, "witness", "--folder", where, "--name", "w", "--logs", policy.toString(), "--keys-only"))
                .contains("不能继续");
        assertThat(run(0, "witness", "--help")).contains("--listen");
    }
}
