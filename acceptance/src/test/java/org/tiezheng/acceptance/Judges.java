package org.tiezheng.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The npm packages of {@code acceptance/judges}. */
final class Judges {
    static final Path FOLDER = Path.of("judges").toAbsolutePath();

    private Judges() {}

    /** Installs what the lock file names, unless that was done since it was last changed. */
    static synchronized void install() throws IOException, InterruptedException {
        Path installed = FOLDER.resolve("node_modules/.package-lock.json");
        Path wanted = FOLDER.resolve("package-lock.json");
        if (!Files.exists(installed)
                || Files.getLastModifiedTime(installed).compareTo(Files.getLastModifiedTime(wanted)) < 0) {
            Program.run(FOLDER, Duration.ofMinutes(4), "npm", "ci", "--no-audit", "--no-fund")
                    .orFail();
        }
    }
}
