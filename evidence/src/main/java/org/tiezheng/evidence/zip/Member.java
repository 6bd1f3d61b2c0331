package org.tiezheng.evidence.zip;

/**
 * One file inside a zip: where it is, and what its header says of it.
 *
 * @param name as in the header, one char per byte (ISO 8859-1); legal unless a reader reported Z05
 * @param headerOffset first byte of the local header, counted from the start of the zip
 * @param dataOffset first byte of the content, counted from the start of the zip
 * @param sizeBytes length of the content
 * @param crc32 CRC-32 of the content by the header, 0 to 0xFFFFFFFF; whether it is true tells {@link MemberHasher}
 */
public record Member(String name, long headerOffset, long dataOffset, long sizeBytes, long crc32) {

    /** A member as this format writes it: the header's length follows from name and size. */
    static Member at(long headerOffset, String name, long sizeBytes, long crc32) {
        return new Member(
                name, headerOffset, headerOffset + ZipFormat.localHeaderSize(name, sizeBytes), sizeBytes, crc32);
    }

    /** First byte after the content, counted from the start of the zip. */
    public long endOffset() {
        return dataOffset + sizeBytes;
    }
}
