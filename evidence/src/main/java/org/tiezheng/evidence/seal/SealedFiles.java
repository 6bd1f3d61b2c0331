package org.tiezheng.evidence.seal;

import java.nio.file.Path;
import java.util.List;
import org.tiezheng.evidence.Digest;

/**
 * What {@link Sealer#sealFiles} wrote.
 *
 * @param path the container
 * @param sha256 of the whole of it
 * @param tokens at least one, in the order of the container
 * @param failures authorities that gave none, or none that validates
 */
public record SealedFiles(
        Path path, Digest sha256, List<SealedPackage.Stamped> tokens, List<TimestampFailure> failures) {
    public SealedFiles {
        tokens = List.copyOf(tokens);
        failures = List.copyOf(failures);
    }
}
