package org.tiezheng.evidence.zip;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The byte layout of the canonical zip, little-endian, every choice fixed.
 *
 * <p>Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (ends)
 * and 4.5.3 (ZIP64 extra field); the choices are in docs/format.md, "Canonical zip".
 */
final class ZipFormat {
    static final int LOCAL_SIGNATURE = 0x04034b50;
    static final int CENTRAL_SIGNATURE = 0x02014b50;
    static final int END_SIGNATURE = 0x06054b50;
    static final int END64_SIGNATURE = 0x06064b50;
    static final int LOCATOR64_SIGNATURE = 0x07064b50;

    static final int LOCAL_FIXED_SIZE = 30;
    static final int CENTRAL_FIXED_SIZE = 46;
    static final int END_SIZE = 22;
    static final int END64_SIZE = 56;
    static final int LOCATOR64_SIZE = 20;

    static final int ZIP64_EXTRA_ID = 0x0001;

    /** In a 32-bit field: look into the ZIP64 extra field or record. */
    static final long MAX_32 = 0xFFFFFFFFL;
    /** In a 16-bit field: look into the ZIP64 record. */
    static final int MAX_16 = 0xFFFF;

    static final short VERSION_STORED = 10;
    static final short VERSION_ZIP64 = 45;
    static final short TIME_MIDNIGHT = 0x0000;
    /** 1980-01-01, the first day DOS time can say. */
    static final short DATE_1980_01_01 = 0x0021;

    private ZipFormat() {}

    static int localHeaderSize(String name, long sizeBytes) {
        return LOCAL_FIXED_SIZE + name.length() + (sizeBytes >= MAX_32 ? 20 : 0);
    }

    static byte[] localHeader(Member member) {
        boolean big = member.sizeBytes() >= MAX_32;
        ByteBuffer header = littleEndian(localHeaderSize(member.name(), member.sizeBytes()));
        header.putInt(LOCAL_SIGNATURE);
        putCommonFields(header, member);
        header.putShort((short) (big ? 20 : 0));
        header.put(member.name().getBytes(StandardCharsets.ISO_8859_1));
        if (big) {
            header.putShort((short) ZIP64_EXTRA_ID).putShort((short) 16);
            header.putLong(member.sizeBytes()).putLong(member.sizeBytes());
        }
        return header.array();
    }

    static byte[] centralEntry(Member member) {
        boolean big = member.sizeBytes() >= MAX_32;
        boolean far = member.headerOffset() >= MAX_32;
        int extra = (big ? 16 : 0) + (far ? 8 : 0);
        int extraField = extra == 0 ? 0 : 4 + extra;
        ByteBuffer entry = littleEndian(CENTRAL_FIXED_SIZE + member.name().length() + extraField);
        entry.putInt(CENTRAL_SIGNATURE);
        entry.putShort(version(member)); // made by: host 0, the same version
        putCommonFields(entry, member);
        entry.putShort((short) extraField);
        entry.putShort((short) 0); // comment length
        entry.putShort((short) 0); // disk
        entry.putShort((short) 0); // internal attributes
        entry.putInt(0); // external attributes
        entry.putInt((int) (far ? MAX_32 : member.headerOffset()));
        entry.put(member.name().getBytes(StandardCharsets.ISO_8859_1));
        if (extra > 0) {
            entry.putShort((short) ZIP64_EXTRA_ID).putShort((short) extra);
            if (big) {
                entry.putLong(member.sizeBytes()).putLong(member.sizeBytes());
            }
            if (far) {
                entry.putLong(member.headerOffset());
            }
        }
        return entry.array();
    }

    /** The ends of the zip: ZIP64 record and locator only if a number does not fit, then the plain record. */
    static byte[] end(int entries, long centralOffset, long centralSize) {
        boolean zip64 = entries >= MAX_16 || centralOffset >= MAX_32 || centralSize >= MAX_32;
        ByteBuffer end = littleEndian((zip64 ? END64_SIZE + LOCATOR64_SIZE : 0) + END_SIZE);
        if (zip64) {
            end.putInt(END64_SIGNATURE).putLong(END64_SIZE - 12L);
            end.putShort(VERSION_ZIP64).putShort(VERSION_ZIP64);
            end.putInt(0).putInt(0); // this disk, disk of the central directory
            end.putLong(entries).putLong(entries).putLong(centralSize).putLong(centralOffset);
            end.putInt(LOCATOR64_SIGNATURE)
                    .putInt(0)
                    .putLong(centralOffset + centralSize)
                    .putInt(1);
        }
        end.putInt(END_SIGNATURE).putShort((short) 0).putShort((short) 0);
        short count = (short) Math.min(entries, MAX_16);
        end.putShort(count).putShort(count);
        end.putInt((int) Math.min(centralSize, MAX_32)).putInt((int) Math.min(centralOffset, MAX_32));
        end.putShort((short) 0); // comment length
        return end.array();
    }

    /** Central directory and end, for members that fill the file up to {@code centralOffset}. */
    static byte[] tail(List<Member> members, long centralOffset) {
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        members.forEach(member -> tail.writeBytes(centralEntry(member)));
        tail.writeBytes(end(members.size(), centralOffset, tail.size()));
        return tail.toByteArray();
    }

    /** From "version needed" to "name length": the same bytes in local header and central directory. */
    private static void putCommonFields(ByteBuffer header, Member member) {
        int size32 = (int) Math.min(member.sizeBytes(), MAX_32);
        header.putShort(version(member));
        header.putShort((short) 0); // flags
        header.putShort((short) 0); // method STORED
        header.putShort(TIME_MIDNIGHT).putShort(DATE_1980_01_01);
        header.putInt((int) member.crc32()).putInt(size32).putInt(size32);
        header.putShort((short) member.name().length());
    }

    /** 4.5 if the member has a ZIP64 extra field in either header. */
    private static short version(Member member) {
        return member.sizeBytes() >= MAX_32 || member.headerOffset() >= MAX_32 ? VERSION_ZIP64 : VERSION_STORED;
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
