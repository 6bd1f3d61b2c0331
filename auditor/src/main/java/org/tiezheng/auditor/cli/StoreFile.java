package org.tiezheng.auditor.cli;

import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3Store;

/**
 * A store as it is given on a command line: a folder, or a file that says where a bucket is.
 *
 * <pre>
 * endpoint=https://s3.example.gov.cn
 * region=us-east-1
 * bucket=evidence
 * access-key-file=keys/access
 * secret-key-file=keys/secret
 * </pre>
 *
 * <p>The key files lie beside that file unless their paths are whole. Keys that may read and list versions, locks and holds are
 * enough; nothing is ever written.
 */
public final class StoreFile {
    private static final long MAX_BYTES = 1 << 16;
    private static final Set<String> KEYS =
            Set.of("endpoint", "region", "bucket", "access-key-file", "secret-key-file");

    private StoreFile() {}

    /**
     * Opens it for reading; the caller closes it if it is closeable.
     *
     * @param name what messages call it
     * @throws IOException if it is neither
     */
    public static ObjectStore open(String name, Path place, Clock clock) throws IOException {
        return Files.isDirectory(place)
                ? FolderStore.openForReading(name, place, clock)
                : new S3Store(settings(name, place), clock);
    }

    private static S3Settings settings(String name, Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + " is larger than " + MAX_BYTES + " bytes: not the settings of a store");
        }
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(file, StandardCharsets.UTF_8)));
            Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
            unknown.removeAll(KEYS);
            if (!unknown.isEmpty()) {
                throw new IOException(file + ": unknown setting " + unknown);
            }
            return S3Settings.of(
                    name,
                    URI.create(needed(file, properties, "endpoint")),
                    properties.getProperty("region", "us-east-1"),
                    needed(file, properties, "bucket"),
                    S3Settings.Credentials.fromFiles(
                            file.resolveSibling(needed(file, properties, "access-key-file")),
                            file.resolveSibling(needed(file, properties, "secret-key-file"))));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static String needed(Path file, Properties properties, String key) throws IOException {
        String value = properties.getProperty(key, "").strip();
        if (value.isEmpty()) {
            throw new IOException(file + ": no " + key);
        }
        return value;
    }
}
