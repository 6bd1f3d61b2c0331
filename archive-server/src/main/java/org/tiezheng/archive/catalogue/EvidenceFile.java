package org.tiezheng.archive.catalogue;

import org.jspecify.annotations.Nullable;

/**
 * One file inside capture.wacz.
 *
 * @param name such as {@code evidence/screenshot.png}
 * @param dataOffset first byte of the content, from the start of capture.wacz
 * @param sha256 as datapackage.json lists it, verified at ingest; null for datapackage.json and its digest, which it cannot list
 * @param sm3 as datapackage.json lists it
 */
public record EvidenceFile(
        String name,
        long dataOffset,
        long sizeBytes,
        @Nullable String sha256,
        @Nullable String sm3) {}
