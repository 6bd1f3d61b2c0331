package org.tiezheng.archive.catalogue;

import java.util.List;
import java.util.UUID;

/**
 * Proofs of a package that were made after it was sealed, such as its inclusion in the log or its evidence record. Every bean
 * of this type is asked at every export.
 */
public interface ProofSource {
    /**
     * What there is now for this evidence, in the order of the container; empty if there is nothing yet. The same answer until
     * there is something better: downloads are continued by ranges.
     *
     * @throws java.io.UncheckedIOException if it cannot be read now; the export fails then, rather than leave a proof out
     */
    List<Proof> proofs(UUID evidenceId);

    /**
     * A member of the exported container.
     *
     * @param member its name, one that {@link org.tiezheng.evidence.asic.AsicNames} knows; what is stored already under this name
     *     wins
     * @param content a few kilobytes
     */
    record Proof(String member, byte[] content) {
        public Proof {
            content = content.clone();
        }

        @Override
        public byte[] content() {
            return content.clone();
        }
    }
}
