package org.tiezheng.archive.catalogue;

import org.jspecify.annotations.Nullable;
import org.tiezheng.storage.ObjectVersion;

/**
 * One member of the container and the stored object that holds its bytes.
 *
 * @param member such as {@code wacz/capture.wacz}
 * @param sha256 64 lower-case hex digits
 * @param sm3 as SM3SUMS lists it; null for members it does not list
 * @param crc32 of the zip header, 0 to 0xFFFFFFFF
 */
public record EvidenceObject(
        String member, String sha256, @Nullable String sm3, long sizeBytes, long crc32, ObjectVersion version) {}
