package org.tiezheng.verifier.vectors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folder {@code vectors/}: reads it, and writes it anew:
 *
 * <pre>
 * mvn -q -pl verifier -am test-compile
 * mvn -q -pl verifier -am test -Dtest=VectorFilesWriter -Dtiezheng.vectors.write=true -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
final class VectorFiles {
    static final Path ROOT = root();
    static final Path TRUST = ROOT.resolve("trust.pem");
    static final Path LOG_POLICY = ROOT.resolve("log-policy.txt");

    /** Larger vectors are not kept in the repository: {@link FreshVectorsTest} makes them. */
    private static final int MAX_KEPT_BYTES = 100_000;

    private VectorFiles() {}

    private static Path root() {
        // Maven runs tests in the module's folder, an IDE perhaps in the repository's.
        Path beside = Path.of("..", "vectors");
        return Files.isDirectory(beside) ? beside : Path.of("vectors");
    }

    /** Every vector of {@code good} or {@code bad}, by name. */
    static List<Vector> read(String kind) throws IOException {
        try (Stream<Path> folders = Files.list(ROOT.resolve(kind))) {
            return folders.sorted().map(VectorFiles::readOne).toList();
        }
    }

    private static Vector readOne(Path folder) {
        try {
            return Vector.read(
                    folder.getFileName().toString(),
                    Files.readString(folder.resolve(Vector.EXPECT)),
                    Files.readAllBytes(folder.resolve(Vector.PACKAGE)));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static void write(VectorFactory factory) throws Exception {
        for (String kind : List.of("good", "bad")) {
            delete(ROOT.resolve(kind));
            for (Vector vector : kind.equals("good") ? factory.good() : factory.bad()) {
                if (vector.bytes().length > MAX_KEPT_BYTES) {
                    continue;
                }
                Path folder = Files.createDirectories(ROOT.resolve(kind).resolve(vector.name()));
                Files.write(folder.resolve(Vector.PACKAGE), vector.bytes());
                Files.writeString(folder.resolve(Vector.EXPECT), vector.expectText());
            }
        }
        Files.writeString(TRUST, factory.anchors().toPem());
        Files.write(LOG_POLICY, LogVectors.policy());
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
