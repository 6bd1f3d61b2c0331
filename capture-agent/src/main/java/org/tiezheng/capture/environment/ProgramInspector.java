package org.tiezheng.capture.environment;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * Looks at program files. A file is hashed and asked once as long as path, size and time of change stay the same, so a batch of
 * captures pays for 300 MB of Chromium once. Thread-safe.
 */
public final class ProgramInspector {
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(15);
    private static final int MOST_OUTPUT = 16_384;

    private record File(Path path, long sizeBytes, FileTime changed) {}

    private final Map<File, Program> known = new ConcurrentHashMap<>();

    public Program inspect(Program.Query query) {
        if (query.path() == null) {
            return new Program(query.name(), null, null, null, null, "not-installed");
        }
        File file;
        try {
            Path real = query.path().toRealPath();
            file = new File(real, Files.size(real), Files.getLastModifiedTime(real));
        } catch (IOException e) {
            return new Program(query.name(), query.path().toString(), null, null, null, "not-installed");
        }
        Program before = known.get(file);
        if (before != null) {
            return before;
        }
        Program now = look(query, file.path);
        known.put(file, now);
        return now;
    }

    private static Program look(Program.Query query, Path path) {
        List<String> faults = new ArrayList<>();
        String version = null;
        try {
            List<String> command = new ArrayList<>(List.of(path.toString()));
            command.addAll(query.versionArguments());
            version = Command.run(COMMAND_TIMEOUT, MOST_OUTPUT, command)
                    .text()
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .findFirst()
                    .orElse(null);
            if (version == null) {
                faults.add("version: says nothing");
            }
        } catch (IOException e) {
            faults.add("version: " + e.getMessage());
        }
        Digest sha256 = null;
        try {
            sha256 = sha256(path);
        } catch (IOException e) {
            faults.add("sha256: " + e.getMessage());
        }
        return new Program(
                query.name(),
                path.toString(),
                version,
                sha256,
                debianPackage(path),
                faults.isEmpty() ? null : String.join("; ", faults));
    }

    static Digest sha256(Path file) throws IOException {
        MessageDigest sha256 = Digest.Algorithm.SHA256.start();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return Digest.ofBytes(Digest.Algorithm.SHA256, sha256.digest());
    }

    private static @Nullable String debianPackage(Path path) {
        try {
            Command.Output owner =
                    Command.run(COMMAND_TIMEOUT, MOST_OUTPUT, List.of("dpkg-query", "-S", path.toString()));
            int colon = owner.text().indexOf(": ");
            if (owner.exitCode() != 0 || colon < 0) {
                return null;
            }
            String name = owner.text().substring(0, colon).split(",")[0].strip();
            Command.Output shown = Command.run(
                    COMMAND_TIMEOUT,
                    MOST_OUTPUT,
                    List.of("dpkg-query", "-W", "-f=${Package} ${Version} ${Architecture}", name));
            return shown.exitCode() == 0 && !shown.text().isBlank()
                    ? shown.text().strip()
                    : null;
        } catch (IOException e) {
            return null; // not a Debian
        }
    }
}
