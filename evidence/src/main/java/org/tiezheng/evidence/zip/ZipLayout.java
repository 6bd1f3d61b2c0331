package org.tiezheng.evidence.zip;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A canonical zip that need not exist as a file: its exact size and any range of its bytes, from members whose sizes and
 * CRC-32 are known and whose content lies elsewhere.
 *
 * <p>For answering HTTP requests, with Range, out of separate write-once objects. The bytes are those that {@link
 * CanonicalZipWriter} writes. Immutable.
 */
public final class ZipLayout {
    private final List<Member> members;
    private final byte[] tail;
    private final long tailOffset;

    /** @param crc32 0 to 0xFFFFFFFF */
    public record Item(String name, long sizeBytes, long crc32) {
        public Item {
            if (!MemberNames.isLegal(name)) {
                throw new IllegalArgumentException("illegal member name " + MemberNames.printable(name));
            }
            if (sizeBytes < 0 || crc32 < 0 || crc32 > ZipFormat.MAX_32) {
                throw new IllegalArgumentException(name + ": size " + sizeBytes + ", CRC-32 " + crc32);
            }
        }
    }

    /** Where the content of members comes from. */
    @FunctionalInterface
    public interface Source {
        /** Opens the member's content at byte {@code offset}; the caller closes the stream. */
        InputStream open(String name, long offset) throws IOException;
    }

    private ZipLayout(List<Member> members, long tailOffset) {
        this.members = List.copyOf(members);
        this.tailOffset = tailOffset;
        this.tail = ZipFormat.tail(members, tailOffset);
    }

    /** @throws IllegalArgumentException if names clash */
    public static ZipLayout of(List<Item> items) {
        MemberNames.Uniqueness names = new MemberNames.Uniqueness();
        List<Member> members = new ArrayList<>();
        long position = 0;
        for (Item item : items) {
            if (!names.admits(item.name())) {
                throw new IllegalArgumentException("member name clashes with an earlier one: " + item.name());
            }
            Member member = Member.at(position, item.name(), item.sizeBytes(), item.crc32());
            members.add(member);
            position = member.endOffset();
        }
        return new ZipLayout(members, position);
    }

    public List<Member> members() {
        return members;
    }

    /** Size of the whole zip. */
    public long sizeBytes() {
        return tailOffset + tail.length;
    }

    /**
     * Writes {@code count} bytes of the zip, the first being byte {@code from}.
     *
     * @throws IOException also if a source gives fewer bytes than the member has
     * @throws IllegalArgumentException if the range is not within the zip
     */
    public void write(OutputStream out, long from, long count, Source source) throws IOException {
        if (from < 0 || count < 0 || count > sizeBytes() - from) {
            throw new IllegalArgumentException(count + " bytes from " + from + " of " + sizeBytes());
        }
        long to = from + count;
        for (Member member : members) {
            writeBytes(out, ZipFormat.localHeader(member), member.headerOffset(), from, to);
            long begin = Math.max(from, member.dataOffset());
            long end = Math.min(to, member.endOffset());
            if (begin < end) {
                try (InputStream content = source.open(member.name(), begin - member.dataOffset())) {
                    copy(content, out, end - begin, member.name());
                }
            }
        }
        writeBytes(out, tail, tailOffset, from, to);
    }

    private static void writeBytes(OutputStream out, byte[] bytes, long offset, long from, long to) throws IOException {
        long begin = Math.max(from, offset);
        long end = Math.min(to, offset + bytes.length);
        if (begin < end) {
            out.write(bytes, (int) (begin - offset), (int) (end - begin));
        }
    }

    private static void copy(InputStream in, OutputStream out, long count, String name) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = count;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new IOException(name + ": content ends " + left + " bytes early");
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }
}
