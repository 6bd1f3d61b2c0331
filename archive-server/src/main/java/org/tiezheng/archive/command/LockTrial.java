package org.tiezheng.archive.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.tiezheng.storage.ObjectVersion;

/**
 * Asks an S3 server itself, with curl and not with our client, how an object is locked, and then to delete that version with
 * every right there is. Prints each command, so that whoever watches can repeat it.
 */
final class LockTrial {
    private static final int SECONDS = 30;
    private static final int MOST_BYTES = 4096;

    private final PrintStream out;
    private final Path config;
    private final String bucket;

    /**
     * @param config curl's settings: {@code aws-sigv4} and {@code user}
     * @param bucket {@code http://host:port/bucket}
     */
    LockTrial(PrintStream out, Path config, String bucket) {
        this.out = out;
        this.config = config;
        this.bucket = bucket;
    }

    private record Answer(String status, String body) {
        boolean isSuccess() {
            return status.startsWith("2");
        }
    }

    /**
     * @return whether the object is locked in COMPLIANCE mode, its deletion was refused, and it is there afterwards
     * @throws IOException if curl cannot be run or the server does not answer
     */
    boolean holds(ObjectVersion version) throws IOException, InterruptedException {
        String object = bucket + "/" + version.key();
        String id = "versionId=" + URLEncoder.encode(version.versionId(), StandardCharsets.UTF_8);
        // Parameters in the order of their names: older curls sign them as they stand.
        String lock = object + "?retention=&" + id;
        Answer before = curl(List.of(lock));
        Answer deleted =
                curl(List.of("-X", "DELETE", "-H", "x-amz-bypass-governance-retention: true", object + "?" + id));
        Answer after = curl(List.of(lock));
        return before.isSuccess()
                && before.body().contains("<Mode>COMPLIANCE</Mode>")
                && deleted.status().startsWith("4")
                && after.equals(before);
    }

    private Answer curl(List<String> arguments) throws IOException, InterruptedException {
        List<String> shown = new ArrayList<>(List.of("curl", "--config", config.toString()));
        shown.addAll(arguments);
        out.println(
                "  $ " + String.join(" ", shown.stream().map(LockTrial::quoted).toList()));
        List<String> command = new ArrayList<>(shown);
        command.addAll(List.of("--silent", "--max-time", String.valueOf(SECONDS), "--write-out", "\n%{http_code}"));
        Process curl = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said;
        try (InputStream answer = curl.getInputStream()) {
            said = new String(answer.readNBytes(MOST_BYTES), StandardCharsets.UTF_8).strip();
        }
        if (!curl.waitFor(SECONDS + 5L, TimeUnit.SECONDS) || curl.exitValue() != 0) {
            curl.destroyForcibly();
            throw new IOException("curl: " + said);
        }
        int line = said.lastIndexOf('\n');
        Answer given = new Answer(
                said.substring(line + 1), said.substring(0, Math.max(0, line)).strip());
        out.println("    " + given.status() + " " + given.body().replaceAll("\\s*\\R\\s*", " "));
        return given;
    }

    private static String quoted(String argument) {
        return argument.matches("[A-Za-z0-9_./:=-]+") ? argument : "'" + argument + "'";
    }
}
