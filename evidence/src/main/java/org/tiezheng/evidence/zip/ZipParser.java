package org.tiezheng.evidence.zip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Finding;

/**
 * One walk through a zip: end record, central directory, local headers, then the question whether every byte is accounted
 * for. Whatever a specific check does not name is caught by encoding each header again and comparing.
 */
final class ZipParser {
    /** The zip's bytes. Ranges asked for are always within it. */
    interface Bytes {
        byte[] read(long position, int count) throws IOException;
    }

    /** A report with more findings than this helps nobody. */
    private static final int MAX_FINDINGS = 500;

    private static final int MAX_COMMENT = 0xFFFF;

    private final Bytes bytes;
    private final long length;
    private final String container;
    private final ZipLimits limits;
    private final List<Member> members = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private final MemberNames.Uniqueness names = new MemberNames.Uniqueness();

    ZipParser(Bytes bytes, long length, String container, ZipLimits limits) {
        this.bytes = bytes;
        this.length = length;
        this.container = container;
        this.limits = limits;
    }

    List<Member> members() {
        return members;
    }

    List<Finding> findings() {
        return findings;
    }

    /** Where the central directory is, by the end records. */
    private record End(long offset, long centralSize, long centralOffset, long entries) {}

    /** A central directory entry, its values taken from the ZIP64 extra field where needed. */
    private record Entry(Member member, byte[] bytes) {}

    void parse() throws IOException {
        End end = findEnd();
        if (end == null) {
            return;
        }
        if (end.centralSize < 0 || end.centralSize > end.offset) {
            report(Code.Z02, whole(), "the central directory does not fit into the file");
            return;
        }
        long centralOffset = end.offset - end.centralSize;
        if (centralOffset != end.centralOffset) {
            report(Code.Z02, whole(), "the central directory is not where the end record says");
        }
        long position = centralOffset;
        long expected = 0;
        int entries = 0;
        while (position < end.offset) {
            if (entries == limits.maxEntries()) {
                report(Code.Z09, whole(), "more than " + limits.maxEntries() + " entries");
                return;
            }
            Entry entry = readEntry(position, end.offset);
            if (entry == null) {
                report(Code.Z02, whole(), "bytes in the central directory that are no entry");
                return;
            }
            position += entry.bytes.length;
            entries++;
            expected = checkMember(entry, expected, centralOffset);
        }
        checkEnd(end, entries, centralOffset);
        if (expected >= 0 && expected != centralOffset) {
            report(Code.Z02, whole(), "bytes between the last member and the central directory");
        }
        checkTotal();
    }

    private void checkTotal() {
        long total = 0;
        for (Member member : members) {
            // Both at most the file's length and overlapping members are possible, so the sum could overflow.
            total = Math.min(Long.MAX_VALUE - member.sizeBytes(), total) + member.sizeBytes();
        }
        if (total > limits.maxTotalBytes()) {
            report(Code.Z09, whole(), "members of more than " + limits.maxTotalBytes() + " bytes together");
        }
    }

    /** Null, with a finding, if there is nothing to start from. */
    private @Nullable End findEnd() throws IOException {
        if (length < ZipFormat.END_SIZE) {
            report(Code.Z01, whole(), "too short to be a zip");
            return null;
        }
        int tailSize = (int) Math.min(length, ZipFormat.END_SIZE + MAX_COMMENT);
        ByteBuffer tail = littleEndian(bytes.read(length - tailSize, tailSize));
        int at = tailSize - ZipFormat.END_SIZE;
        while (at >= 0 && tail.getInt(at) != ZipFormat.END_SIGNATURE) {
            at--;
        }
        if (at < 0) {
            report(Code.Z01, whole(), "no end record");
            return null;
        }
        if (at != tailSize - ZipFormat.END_SIZE) {
            report(Code.Z01, whole(), "the end record is not the end of the file");
        }
        long offset = length - tailSize + at;
        int entries = tail.getShort(at + 10) & 0xFFFF;
        long size = tail.getInt(at + 12) & ZipFormat.MAX_32;
        long centralOffset = tail.getInt(at + 16) & ZipFormat.MAX_32;
        boolean zip64 = entries == ZipFormat.MAX_16 || size == ZipFormat.MAX_32 || centralOffset == ZipFormat.MAX_32;
        long before = ZipFormat.END64_SIZE + (long) ZipFormat.LOCATOR64_SIZE;
        if (zip64 && offset >= before) {
            ByteBuffer end64 = littleEndian(bytes.read(offset - before, (int) before));
            if (end64.getInt(0) == ZipFormat.END64_SIGNATURE
                    && end64.getInt(ZipFormat.END64_SIZE) == ZipFormat.LOCATOR64_SIGNATURE) {
                return new End(offset - before, end64.getLong(40), end64.getLong(48), end64.getLong(32));
            }
        }
        return new End(offset, size, centralOffset, entries);
    }

    /** The end records, as they would have to be. */
    private void checkEnd(End end, int entries, long centralOffset) throws IOException {
        if (findings.stream().anyMatch(f -> f.code() == Code.Z01 || f.code() == Code.Z02)) {
            return; // Where it should end is not known, and that has been said.
        }
        byte[] canonical = ZipFormat.end(entries, centralOffset, end.centralSize);
        long found = length - end.offset;
        if (found != canonical.length || !Arrays.equals(canonical, bytes.read(end.offset, canonical.length))) {
            report(
                    Code.Z01,
                    whole(),
                    end.entries == entries
                            ? "the end record is not the one this format writes"
                            : "the end record counts " + end.entries + " entries, there are " + entries);
        }
    }

    /** Null if there is no complete entry at {@code position}. */
    private @Nullable Entry readEntry(long position, long limit) throws IOException {
        if (limit - position < ZipFormat.CENTRAL_FIXED_SIZE) {
            return null;
        }
        ByteBuffer fixed = littleEndian(bytes.read(position, ZipFormat.CENTRAL_FIXED_SIZE));
        if (fixed.getInt(0) != ZipFormat.CENTRAL_SIGNATURE) {
            return null;
        }
        int nameLength = fixed.getShort(28) & 0xFFFF;
        int extraLength = fixed.getShort(30) & 0xFFFF;
        int commentLength = fixed.getShort(32) & 0xFFFF;
        int size = ZipFormat.CENTRAL_FIXED_SIZE + nameLength + extraLength + commentLength;
        if (limit - position < size) {
            return null;
        }
        byte[] all = bytes.read(position, size);
        String name = new String(all, ZipFormat.CENTRAL_FIXED_SIZE, nameLength, StandardCharsets.ISO_8859_1);
        ByteBuffer extra = zip64Extra(littleEndian(all), ZipFormat.CENTRAL_FIXED_SIZE + nameLength, extraLength);
        // The order of APPNOTE 4.5.3: only fields that are full are in the extra field.
        wide(fixed.getInt(24), extra); // the uncompressed size, which comes first
        long stored = wide(fixed.getInt(20), extra);
        long headerOffset = wide(fixed.getInt(42), extra);
        long crc = fixed.getInt(16) & ZipFormat.MAX_32;
        // If the two sizes differ, the one in the file counts here; the other shows when the entry is encoded again.
        return new Entry(new Member(name, headerOffset, 0, stored, crc), all);
    }

    /** The content of the ZIP64 extra field; empty if there is none. */
    private static ByteBuffer zip64Extra(ByteBuffer all, int start, int size) {
        int at = start;
        int end = start + size;
        while (end - at >= 4) {
            int id = all.getShort(at) & 0xFFFF;
            int length = all.getShort(at + 2) & 0xFFFF;
            if (length > end - at - 4) {
                break;
            }
            if (id == ZipFormat.ZIP64_EXTRA_ID) {
                return all.slice(at + 4, length).order(ByteOrder.LITTLE_ENDIAN);
            }
            at += 4 + length;
        }
        return ByteBuffer.allocate(0);
    }

    private static long wide(int field, ByteBuffer extra) {
        long value = field & ZipFormat.MAX_32;
        return value == ZipFormat.MAX_32 && extra.remaining() >= 8 ? extra.getLong() : value;
    }

    /**
     * Checks one entry against its local header and its neighbours, and lists it if its content is within the zip.
     *
     * @param expected where its local header should be; -1 if the entry before left that open
     * @return where the next local header should be; -1 if that is open
     */
    private long checkMember(Entry entry, long expected, long centralOffset) throws IOException {
        Member said = entry.member;
        String subject = container + MemberNames.printable(said.name());
        if (!MemberNames.isLegal(said.name())) {
            report(Code.Z05, subject, "illegal name");
        } else if (!names.admits(said.name())) {
            report(Code.Z04, subject, "clashes with an earlier name");
        }
        if (said.sizeBytes() > limits.maxMemberBytes()) {
            report(Code.Z09, subject, "larger than " + limits.maxMemberBytes() + " bytes");
        }
        boolean canonical = checkCentral(entry, subject);
        long header = said.headerOffset();
        if (expected >= 0 && header != expected) {
            report(Code.Z02, subject, "does not begin where the member before ends");
        }
        if (header < 0 || header > centralOffset - ZipFormat.LOCAL_FIXED_SIZE) {
            report(Code.Z02, subject, "its local header is not within the file");
            return -1;
        }
        ByteBuffer local = littleEndian(bytes.read(header, ZipFormat.LOCAL_FIXED_SIZE));
        if (local.getInt(0) != ZipFormat.LOCAL_SIGNATURE) {
            report(Code.Z03, subject, "no local header where the central directory says");
            return -1;
        }
        int headerSize = ZipFormat.LOCAL_FIXED_SIZE + (local.getShort(26) & 0xFFFF) + (local.getShort(28) & 0xFFFF);
        long dataOffset = header + headerSize;
        if (dataOffset > centralOffset || said.sizeBytes() < 0 || said.sizeBytes() > centralOffset - dataOffset) {
            report(Code.Z02, subject, "its content is not within the file");
            return -1;
        }
        Member member = new Member(said.name(), header, dataOffset, said.sizeBytes(), said.crc32());
        checkLocal(entry, member, bytes.read(header, headerSize), canonical, subject);
        members.add(member);
        return member.endOffset();
    }

    /** Z06 for every field that is not what this format writes; true if all are. */
    private boolean checkCentral(Entry entry, String subject) {
        if (Arrays.equals(entry.bytes, ZipFormat.centralEntry(entry.member))) {
            return true;
        }
        ByteBuffer fields = littleEndian(entry.bytes);
        List<String> reasons = new ArrayList<>();
        int flags = fields.getShort(8) & 0xFFFF;
        if ((flags & 0x0001) != 0) {
            reasons.add("encrypted");
        }
        if ((flags & 0x0008) != 0) {
            reasons.add("has a data descriptor");
        }
        if (fields.getShort(10) != 0) {
            reasons.add("not STORED (method " + (fields.getShort(10) & 0xFFFF) + ")");
        }
        if (fields.getShort(12) != ZipFormat.TIME_MIDNIGHT || fields.getShort(14) != ZipFormat.DATE_1980_01_01) {
            reasons.add("has a time");
        }
        if (fields.getShort(32) != 0) {
            reasons.add("has a comment");
        }
        if (fields.getShort(36) != 0 || fields.getInt(38) != 0) {
            reasons.add("has file attributes");
        }
        if (reasons.isEmpty()) {
            reasons.add("a header field or extra field that this format does not write");
        }
        report(Code.Z06, subject, String.join(", ", reasons));
        return false;
    }

    private void checkLocal(Entry entry, Member member, byte[] local, boolean centralIsCanonical, String subject) {
        ByteBuffer central = littleEndian(entry.bytes);
        ByteBuffer here = littleEndian(local);
        int nameLength = here.getShort(26) & 0xFFFF;
        boolean sameFields = here.slice(4, 24).equals(central.slice(6, 24));
        String name = new String(local, ZipFormat.LOCAL_FIXED_SIZE, nameLength, StandardCharsets.ISO_8859_1);
        if (!name.equals(member.name())) {
            report(Code.Z03, subject, "another name in the local header");
        } else if (!sameFields) {
            report(Code.Z03, subject, "the local header differs from the central directory");
        } else if (centralIsCanonical && !Arrays.equals(local, ZipFormat.localHeader(member))) {
            report(Code.Z06, subject, "an extra field in the local header that this format does not write");
        }
    }

    private void report(Code code, String subject, String reason) {
        if (findings.size() < MAX_FINDINGS) {
            findings.add(Finding.invalid(code, subject, reason));
        }
    }

    /** The subject of findings about the zip as a whole: {@code package}, or the member it is nested in. */
    private String whole() {
        return container.isEmpty() ? "package" : container.replaceAll("!$", "");
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
