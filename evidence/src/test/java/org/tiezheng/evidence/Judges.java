package org.tiezheng.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** The judges that come from npm: {@code acceptance/judges}, versions pinned by its lock file. */
public final class Judges {
    private static final Path FOLDER =
            Path.of("..", "acceptance", "judges").toAbsolutePath().normalize();

    private Judges() {}

    /** Installs the judges if need be; a machine without node skips the test and says so. */
    public static synchronized Path folder() throws IOException, InterruptedException {
        boolean node = Files.isExecutable(Path.of("/usr/bin/node")) || isOnPath("node");
        Assumptions.assumeTrue(node, "node is not installed: warcio and WebCrypto were not asked");
        if (!Files.exists(FOLDER.resolve("node_modules/.package-lock.json"))) {
            OtherTools.run(FOLDER, "npm", "ci", "--no-progress").succeeded();
        }
        return FOLDER;
    }

    /** Runs a script of the judges' folder with {@code input} on its standard input; returns its standard output. */
    public static String node(String input, String... arguments) throws IOException, InterruptedException {
        Path folder = folder();
        Path in = Files.createTempFile("judge", ".in");
        Path out = Files.createTempFile("judge", ".out");
        Path err = Files.createTempFile("judge", ".err");
        try {
            Files.writeString(in, input);
            String[] command = new String[arguments.length + 1];
            command[0] = "node";
            System.arraycopy(arguments, 0, command, 1, arguments.length);
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("node did not end within two minutes");
            }
            assertThat(process.exitValue()).as(Files.readString(err)).isZero();
            return Files.readString(out, StandardCharsets.UTF_8);
        } finally {
            Files.delete(in);
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static boolean isOnPath(String program) {
        String path = System.getenv("PATH");
        if (path == null) {
            return false;
        }
        for (String folder : path.split(java.io.File.pathSeparator)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }
}
