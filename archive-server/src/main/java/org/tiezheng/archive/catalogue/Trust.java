package org.tiezheng.archive.catalogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * The roots this server believes. Files are read anew at every verification: a root that is added counts at once, and the
 * embedded authority makes its own only when the first capture is sealed.
 */
public final class Trust {
    private final List<Path> files;
    private final Path embedded;
    private final @Nullable Path policy;

    /**
     * @param files by configuration; if empty, {@code embedded} alone
     * @param embedded root of the embedded authority; need not exist
     */
    public Trust(List<Path> files, Path embedded) {
        this(files, embedded, null);
    }

    /** @param policy algorithm policy file; null: the policy that comes with the program */
    public Trust(List<Path> files, Path embedded, @Nullable Path policy) {
        this.files = List.copyOf(files);
        this.embedded = embedded;
        this.policy = policy;
    }

    /**
     * Until when algorithms are acceptable, as the file says now.
     *
     * @throws IOException naming the file, if it cannot be read or is malformed
     */
    public AlgorithmPolicy policy() throws IOException {
        return policy == null ? AlgorithmPolicy.standard() : AlgorithmPolicy.ofFile(policy);
    }

    /**
     * The roots now; none if the configuration names none and there is no embedded authority yet.
     *
     * @throws IOException naming the file, if one cannot be read
     */
    public TrustAnchors anchors() throws IOException {
        if (!files.isEmpty()) {
            return TrustAnchors.ofFiles(files);
        }
        return Files.exists(embedded) ? TrustAnchors.ofFiles(List.of(embedded)) : TrustAnchors.none();
    }

    /** The roots now, as PEM text; empty if there are none. */
    public String pem() throws IOException {
        return anchors().toPem();
    }

    /** Whether the configuration names no root, so that the operator's own is the only one. */
    public boolean isEmbeddedOnly() {
        return files.isEmpty();
    }
}
