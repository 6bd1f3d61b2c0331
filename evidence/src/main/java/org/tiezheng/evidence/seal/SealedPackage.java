package org.tiezheng.evidence.seal;

import java.nio.file.Path;
import java.util.List;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.time.TimestampToken;

/**
 * A package that now exists under its name.
 *
 * @param path of the {@code .asice} file
 * @param id of the package, the file name without {@code .asice}
 * @param sha256 of the {@code .asice} file, computed while it was written; not signed, says only that a copy is whole
 * @param wacz digests of {@code capture.wacz}; the SHA-256 is the identity of the evidence
 * @param tokens the time-stamps over the content, one for each authority whose token validates, in the order asked; at least one
 * @param signatureTimestamp authority whose token stands in the signature
 * @param failures authorities without a usable token; their absence is to be shown, not hidden
 */
public record SealedPackage(
        Path path,
        String id,
        Digest sha256,
        Digests wacz,
        List<Stamped> tokens,
        String signatureTimestamp,
        List<TimestampFailure> failures) {

    /**
     * One token in the package.
     *
     * @param member such as {@code META-INF/timestamp002.tst}
     * @param authority its name; {@code embedded} for our own
     * @param embedded true if the operator of this machine is the authority
     */
    public record Stamped(String member, String authority, boolean embedded, TimestampToken token) {}

    public SealedPackage {
        tokens = List.copyOf(tokens);
        failures = List.copyOf(failures);
    }
}
