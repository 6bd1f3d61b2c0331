package org.tiezheng.evidence.zip;

/**
 * How much a zip may hold before {@link CanonicalZipReader} reports Z09.
 *
 * @param maxEntries most members
 * @param maxMemberBytes most bytes of one member
 * @param maxTotalBytes most bytes of all members together
 */
public record ZipLimits(int maxEntries, long maxMemberBytes, long maxTotalBytes) {
    /** 1000 members, as other ASiC readers allow, and 1 TiB: for the package and the WACZ inside alike. */
    public static final ZipLimits DEFAULT = new ZipLimits(1000, 1L << 40, 1L << 40);

    public ZipLimits {
        if (maxEntries < 1 || maxMemberBytes < 0 || maxTotalBytes < 0) {
            throw new IllegalArgumentException("limits must not be negative");
        }
    }
}
