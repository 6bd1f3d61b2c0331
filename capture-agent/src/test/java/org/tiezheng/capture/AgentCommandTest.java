package org.tiezheng.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code agent} refuses before anything is started. */
class AgentCommandTest {
    private static final String SECRET = "tz_verysecret";

    @TempDir
    Path folder;

    private String run(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of("agent"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", folder.resolve("data").toString(), "--ui-lang", "en"));
        int code = new Main.Console(
                        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        environment,
                        false,
                        folder,
                        Clock.systemUTC())
                .run(all.toArray(String[]::new));
        assertThat(code).isEqualTo(ExitCode.USAGE);
        assertThat(folder.resolve("data/outbox")).doesNotExist();
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void plainHttpToAnotherMachineIsRefusedAndTheWayOutNamed() {
        assertThat(run(Map.of(AgentCommand.TOKEN_VARIABLE, SECRET), "--server", "http://archive.example"))
                .contains("Not over plain HTTP", "--insecure-http")
                .doesNotContain(SECRET);
    }

    @Test
    void withoutTokenItSaysWhereOneComesFrom() {
        assertThat(run(Map.of(), "--server", "https://archive.example"))
                .contains("--token-file", AgentCommand.TOKEN_VARIABLE, "administrator");
    }

    @Test
    void tokenFileThatIsNoneIsNamedWithTheReason() throws IOException {
        Path file = folder.resolve("token");
        assertThat(run(Map.of(), "--server", "https://archive.example", "--token-file", file.toString()))
                .contains(file.toString(), "does not exist");
        Files.writeString(file, "\n");
        assertThat(run(Map.of(), "--server", "https://archive.example", "--token-file", file.toString()))
                .contains("not a token");
    }

    @Test
    void wrongValuesAreNamed() {
        Map<String, String> token = Map.of(AgentCommand.TOKEN_VARIABLE, SECRET);
        assertThat(run(token, "--server", "archive.example")).contains("--server");
        assertThat(run(token, "--server", "https://a.example", "--slots", "17")).contains("--slots", "1–16");
        assertThat(run(token, "--server", "https://a.example", "--name", "a b")).contains("--name", "a b");
        assertThat(run(token, "--server", "https://a.example", "--server-ca", "/nowhere.pem"))
                .contains("--server-ca", "does not exist");
        assertThat(run(token)).contains("--server");
    }

    @Test
    void tokenIsNotTakenFromTheCommandLine() {
        assertThat(run(Map.of(), "--server", "https://archive.example", "--token", SECRET))
                .contains("Unknown option");
    }
}
