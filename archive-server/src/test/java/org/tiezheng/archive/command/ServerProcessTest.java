package org.tiezheng.archive.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
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
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.Main;

/** The server as a process, with all defaults but the agent: started, killed, found again; and the commands beside it. */
class ServerProcessTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @AfterEach
    void nothingStays() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly();
            process.waitFor(30, TimeUnit.SECONDS);
        }
        if (Files.exists(pidFile())) {
            ProcessHandle.of(postmaster()).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private Path pidFile() {
        return folder.resolve("data/archive/pg18/postmaster.pid");
    }

    private long postmaster() throws IOException {
        return Long.parseLong(Files.readAllLines(pidFile()).get(0).strip());
    }

    private Process start(String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--ui-lang",
                "en",
                "--data",
                folder.resolve("data").toString(),
                "--port",
                "0",
                "--ready-file",
                folder.resolve("ready").toString(),
                "--tiezheng.agent.enabled",
                "false"));
        command.addAll(List.of(more));
        Files.deleteIfExists(folder.resolve("ready"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
        processes.add(process);
        return process;
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    private URI up(Process process) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(folder.resolve("ready"))) {
            assertThat(process.isAlive()).as(log()).isTrue();
            assertThat(System.nanoTime()).as(log()).isLessThan(deadline);
            Thread.sleep(200);
        }
        return URI.create(
                Files.readString(folder.resolve("ready")).strip().replace("url=http://localhost", "http://127.0.0.1"));
    }

    private static int ready(URI server) throws InterruptedException {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(server.resolve("/health/ready"))
                                    .timeout(Duration.ofSeconds(30))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException notNow) {
            return 0;
        }
    }

    private int run(String... arguments) {
        said.reset();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        List<String> whole = new ArrayList<>(List.of(arguments));
        whole.addAll(List.of("--ui-lang", "en", "--data", folder.resolve("data").toString()));
        return new Console(out, out, Map.of(), Clock.systemUTC()).run(Main.class, whole.toArray(String[]::new));
    }

    private String output() {
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test
    void killedServerAndKilledDatabaseComeBackWithAllTheyHad() throws Exception {
        Process first = start();
        up(first);
        Matcher password =
                Pattern.compile("one-time password, shown only now: (\\S+)").matcher(log());
        assertThat(password.find()).as(log()).isTrue();
        first.destroyForcibly();
        assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ProcessHandle.of(postmaster()).orElseThrow().isAlive()).isTrue();

        // Commands work beside a PostgreSQL that nobody watches over.
        assertThat(run("verify-chain")).as(output()).isZero();
        assertThat(output()).contains("The audit log is intact");
        assertThat(run("backup", folder.resolve("b.zip").toString()))
                .as(output())
                .isZero();
        assertThat(run("user", "admin")).as(output()).isZero();
        assertThat(output()).contains("New one-time password of admin");
        assertThat(run("user", "nobody")).isEqualTo(3);

        Process second = start("--tiezheng.operations.log-format=logstash");
        URI server = up(second);
        assertThat(log()).contains("goes on with it".replace("goes", "going"));
        assertThat(log().split("shown only now")).as("one administrator").hasSize(2);
        assertThat(ready(server)).isEqualTo(200);
        assertThat(log().lines()
                        .filter(line -> line.startsWith("{\"@timestamp\""))
                        .count())
                .isPositive();

        ProcessHandle.of(postmaster()).orElseThrow().destroyForcibly();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        // First it must be seen to be gone.
        while (!log().contains("PostgreSQL is up again")) {
            assertThat(System.nanoTime()).as(log()).isLessThan(deadline);
            Thread.sleep(500);
        }
        while (ready(server) != 200) {
            assertThat(System.nanoTime()).as(log()).isLessThan(deadline);
            Thread.sleep(500);
        }

        second.destroy();
        assertThat(second.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.exists(pidFile()))
                .as("PostgreSQL stopped with its server")
                .isFalse();
        assertThat(run("verify-chain", "--json")).as(output()).isZero();
        assertThat(output()).contains("\"breaks\":[]");
        assertThat(run("verify-chain", "--head", "1:" + "ab".repeat(32))).isEqualTo(1);
        assertThat(output()).contains("REWRITTEN").contains("NOT INTACT");
        assertThat(run("verify-chain", "--head", "nonsense")).isEqualTo(3);

        // The backup of in between, in an empty server.
        Path other = folder.resolve("other");
        said.reset();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        Console console = new Console(out, out, Map.of(), Clock.systemUTC());
        String[] restore = {"restore", folder.resolve("b.zip").toString(), "--ui-lang", "en", "--data", other.toString()
        };
        assertThat(console.run(Main.class, restore)).as(output()).isZero();
        assertThat(output()).contains("Restored:").contains("The audit log is intact");
        assertThat(console.run(Main.class, restore)).isEqualTo(2);
        assertThat(output()).contains("in use");
    }

    @Test
    void wrongSettingsAreToldInWords() throws Exception {
        assertThat(run("serve", "--tiezheng.databse.url=x")).isEqualTo(2);
        assertThat(run("serve", "--tiezheng.jobs.atempts", "3")).isEqualTo(2);
        assertThat(run("serve", "--nonsense")).isEqualTo(3);
        assertThat(output()).contains("--nonsense");
        assertThat(run("serve", "--config", folder.resolve("none.yaml").toString()))
                .isEqualTo(3);
        assertThat(Files.exists(folder.resolve("data/archive/pg18"))).isFalse();
    }
}
