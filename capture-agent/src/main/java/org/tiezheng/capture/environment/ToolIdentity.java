package org.tiezheng.capture.environment;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * Which Tiezheng this is.
 *
 * @param version from the jar's manifest; {@code development} when it runs from class folders
 * @param jarSha256 of the jar this class was loaded from; null when it runs from class folders
 */
public record ToolIdentity(String version, @Nullable Digest jarSha256) {

    static ToolIdentity own() {
        Class<?> self = ToolIdentity.class;
        String version = self.getPackage().getImplementationVersion();
        return new ToolIdentity(version == null ? "development" : version, jarDigest(self));
    }

    private static @Nullable Digest jarDigest(Class<?> self) {
        CodeSource source = self.getProtectionDomain().getCodeSource();
        URL location = source == null ? null : source.getLocation();
        if (location == null) {
            return null;
        }
        try {
            Path jar = Path.of(location.toURI());
            return Files.isRegularFile(jar) ? ProgramInspector.sha256(jar) : null;
        } catch (IOException | URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }
}
