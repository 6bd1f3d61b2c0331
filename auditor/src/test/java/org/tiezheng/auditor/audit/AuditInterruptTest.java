package org.tiezheng.auditor.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.auditor.Main;
import org.tiezheng.auditor.SmallArchive;

/** Ctrl-C in the middle of an audit that runs as a program of its own. */
class AuditInterruptTest {
    private static final long LIMIT_SECONDS = 120;

    @TempDir
    Path folder;

    private List<String> command(SmallArchive archive, Path kept) {
        return List.of(
                "audit",
                "--store=" + archive.store(),
                "--log=" + archive.log(),
                "--trust=" + SmallArchive.TRUST,
                "--log-policy=" + archive.policy(),
                "--time=" + SmallArchive.NOW,
                "--resume=" + kept,
                "--lang=en");
    }

    /**
     * The audit hangs in the fourth part of the store, for a pipe that nobody reads lies where it wants to write a file; all other parts are
     * done then, by its second thread.
     */
    @Test
    void whatWasDoneBeforeCtrlCIsKeptAndTheSameCommandGoesOn() throws Exception {
        SmallArchive archive = SmallArchive.withPackage(folder);
        Path kept = folder.resolve("kept");
        Files.createDirectories(kept.resolve("rows"));
        Files.writeString(kept.resolve("audit.txt"), "");
        Path pipe = kept.resolve("rows/found-3");
        run("mkfifo", pipe.toString());

        List<String> program = new ArrayList<>(List.of(
                // A build in the background of a shell ignores SIGINT, and what it starts would too.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        program.addAll(command(archive, kept));
        Path said = folder.resolve("said");
        Process audit = new ProcessBuilder(program)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            waitFor(audit, kept.resolve("2-store-f.done"), said);
            run("kill", "-INT", Long.toString(audit.pid()));
            assertThat(audit.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            audit.destroyForcibly();
        }
        assertThat(audit.exitValue())
                .as("as programs end that were interrupted")
                .isEqualTo(130);
        assertThat(Files.readString(said)).contains("The same command goes on where it was: --resume " + kept);
        assertThat(kept.resolve("2-store-3.done")).doesNotExist();

        Files.delete(pipe);
        FileTime logRead = Files.getLastModifiedTime(kept.resolve("1-log.done"));
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        assertThat(Main.run(command(archive, kept), printer, printer, SmallArchive.clock(), false))
                .as(out.toString())
                .isZero();
        assertThat(out.toString()).containsPattern("Packages: verified +1 +1 +0");
        assertThat(Files.getLastModifiedTime(kept.resolve("1-log.done")))
                .as("the log is not read again")
                .isEqualTo(logRead);
    }

    private static void waitFor(Process program, Path file, Path said) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!Files.exists(file)) {
            assertThat(program.isAlive() && System.nanoTime() < end)
                    .as(Files.readString(said))
                    .isTrue();
            Thread.sleep(50);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    }
}
