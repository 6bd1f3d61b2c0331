package org.tiezheng.capture.record;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * One file of the package, with its digests computed while it was written.
 *
 * @param path inside capture.wacz
 * @param mediaType such as {@code image/png}
 * @param madeAt when its last byte was written, UTC
 * @param note what the reader must know of it, such as {@code cut at 60000 px}
 */
public record Artefact(
        String path,
        String mediaType,
        long sizeBytes,
        Digest sha256,
        Digest sm3,
        Instant madeAt,
        @Nullable String note) {}
