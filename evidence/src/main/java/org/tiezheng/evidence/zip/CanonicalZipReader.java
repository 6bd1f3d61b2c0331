package org.tiezheng.evidence.zip;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tiezheng.evidence.Finding;

/**
 * Reads a zip that nobody vouches for and reports every way in which it is not canonical: findings Z01 to Z06 and Z09. (Z07
 * depends on the kind of zip, see {@code AsicContainer}; Z08 needs the content, see {@link MemberHasher}.)
 *
 * <p>It works on a range of a file, so a WACZ that is STORED in a package is read in place: {@link #nested}. Members are
 * listed even when there are findings, as far as their content lies within the range; such a list is for display, not to
 * be relied on. If there is no finding, then the zip is, byte for byte, what {@link CanonicalZipWriter} writes for these
 * members.
 *
 * <p>No length in the file is trusted: memory is bounded by {@link ZipLimits#maxEntries} and 64 KiB per entry, and
 * hostile bytes never end in an exception. {@link IOException} means that the file could not be read or became shorter
 * meanwhile.
 *
 * <p>Reads are positional: several threads may use one reader, and streams from it, at the same time. The channel stays
 * the caller's to close.
 */
public final class CanonicalZipReader {
    private final FileChannel channel;
    private final long offset;
    private final long length;
    private final List<Member> members;
    private final List<Finding> findings;

    private CanonicalZipReader(
            FileChannel channel, long offset, long length, List<Member> members, List<Finding> findings) {
        this.channel = channel;
        this.offset = offset;
        this.length = length;
        this.members = List.copyOf(members);
        this.findings = List.copyOf(findings);
    }

    /** Reads the package in the whole of {@code channel}, with {@link ZipLimits#DEFAULT}. */
    public static CanonicalZipReader read(FileChannel channel) throws IOException {
        return read(channel, 0, channel.size(), "", ZipLimits.DEFAULT);
    }

    /**
     * Reads the zip in {@code length} bytes from {@code offset}.
     *
     * @param container what findings put before member names: empty for the package itself, {@code wacz/capture.wacz!}
     *     for the WACZ in it
     * @throws IllegalArgumentException if the range is not within the channel
     */
    public static CanonicalZipReader read(
            FileChannel channel, long offset, long length, String container, ZipLimits limits) throws IOException {
        if (offset < 0 || length < 0 || length > channel.size() - offset) {
            throw new IllegalArgumentException(length + " bytes from " + offset + " of " + channel.size());
        }
        ZipParser parser = new ZipParser(
                (position, count) -> readExactly(channel, offset + position, count), length, container, limits);
        parser.parse();
        return new CanonicalZipReader(channel, offset, length, parser.members(), parser.findings());
    }

    /** Reads the zip that {@code member} is; findings name {@code <member>!<name>}. */
    public CanonicalZipReader nested(Member member, ZipLimits limits) throws IOException {
        return read(
                channel, positionOf(member), member.sizeBytes(), MemberNames.printable(member.name()) + "!", limits);
    }

    /** What is wrong; empty if the zip is canonical. */
    public List<Finding> findings() {
        return findings;
    }

    /** The members whose content lies within the zip, in the order of the central directory. */
    public List<Member> members() {
        return members;
    }

    /** The first member of this name. */
    public Optional<Member> member(String name) {
        return members.stream().filter(member -> member.name().equals(name)).findFirst();
    }

    /** Size of the zip in bytes. */
    public long sizeBytes() {
        return length;
    }

    /** Where the member's content begins in the channel. */
    public long positionOf(Member member) {
        Objects.checkFromIndexSize(member.dataOffset(), member.sizeBytes(), length);
        return offset + member.dataOffset();
    }

    /** The member's content; closing the stream does not close the channel. */
    public InputStream open(Member member) {
        return open(member, 0, member.sizeBytes());
    }

    /**
     * {@code count} bytes of the member's content, the first being byte {@code from}.
     *
     * @throws IndexOutOfBoundsException if the range is not within the member
     */
    public InputStream open(Member member, long from, long count) {
        Objects.checkFromIndexSize(from, count, member.sizeBytes());
        return new RangeInputStream(channel, positionOf(member) + from, count);
    }

    /** The member's content, if it has at most {@code maxBytes}; empty if it has more. */
    public Optional<byte[]> readSmall(Member member, int maxBytes) throws IOException {
        if (member.sizeBytes() > maxBytes) {
            return Optional.empty();
        }
        return Optional.of(readExactly(channel, positionOf(member), (int) member.sizeBytes()));
    }

    private static byte[] readExactly(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the file became shorter while it was being read");
            }
        }
        return buffer.array();
    }
}
