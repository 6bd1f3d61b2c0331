package org.tiezheng.storage;

/**
 * What a store was seen to do; a bonus on which nothing relies, but for the first two.
 *
 * @param versioning overwriting keeps the older version
 * @param objectLock the bucket has Object Lock
 * @param legalHold a hold can be set and lifted
 * @param lockedParts an object that was sent in parts is locked from its first moment; without it the lock follows in a
 *     second request
 * @param checksum a put whose {@code x-amz-checksum-sha256} is wrong is refused
 * @param conditionalPut {@code If-None-Match: *} stops a second put
 */
public record StoreCapabilities(
        boolean versioning,
        boolean objectLock,
        boolean legalHold,
        boolean lockedParts,
        boolean checksum,
        boolean conditionalPut) {}
