package org.tiezheng.capture.environment;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * A program that takes part in a capture (domain.md C1, row 14).
 *
 * @param name {@code chromium}, {@code chromedriver}, {@code ffmpeg} …
 * @param path of the file that runs, links followed
 * @param version first line of what it says itself
 * @param sha256 of that file
 * @param debianPackage name and version of the package that installed it; null where there is no dpkg, or it knows nothing
 * @param reason what could not be found out, and why; null if all could
 */
public record Program(
        String name,
        @Nullable String path,
        @Nullable String version,
        @Nullable Digest sha256,
        @Nullable String debianPackage,
        @Nullable String reason) {

    /**
     * Which program to look at.
     *
     * @param path null if it is not installed
     * @param versionArguments that make it print its version and end
     */
    public record Query(String name, @Nullable Path path, List<String> versionArguments) {
        public Query {
            versionArguments = List.copyOf(versionArguments);
        }

        public static Query of(String name, @Nullable Path path) {
            return new Query(name, path, List.of("--version"));
        }

        public static Query ffmpeg(@Nullable Path path) {
            return new Query("ffmpeg", path, List.of("-version"));
        }
    }
}
