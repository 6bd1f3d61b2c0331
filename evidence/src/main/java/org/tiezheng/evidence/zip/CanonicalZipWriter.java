package org.tiezheng.evidence.zip;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.evidence.Digests;

/**
 * Writes a canonical zip front to back: all members STORED, same input gives the same bytes.
 *
 * <p>It never goes back to patch a header, so the stream beneath may be a {@link DigestingOutputStream} that hashes the
 * whole zip while it is written. The price is that a file is read once for its CRC-32, which the header in front of it
 * needs; digests are computed in the pass that writes.
 *
 * <p>After an {@link IOException} the output is unusable and the caller throws it away. Not for use by several threads.
 * {@link #finish()} flushes but neither syncs nor closes: the stream belongs to the caller.
 */
public final class CanonicalZipWriter {
    private static final int BUFFER_BYTES = 1 << 16;

    private final OutputStream out;
    private final List<Member> members = new ArrayList<>();
    private final MemberNames.Uniqueness names = new MemberNames.Uniqueness();
    private long position;
    private boolean finished;

    /** @param out should be buffered or accept writes of 64 KiB well */
    public CanonicalZipWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Adds a small member from memory.
     *
     * @return what {@code content} hashes to
     * @throws IllegalArgumentException if the name is illegal or clashes with an earlier one
     */
    public Digests add(String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        begin(name, content.length, crc.getValue());
        DigestingOutputStream digesting = new DigestingOutputStream(out);
        digesting.write(content);
        position += content.length;
        return digesting.digests();
    }

    /**
     * Adds a file of any size.
     *
     * @return what the bytes that were written hash to
     * @throws IOException also if the file changed while it was being read
     * @throws IllegalArgumentException if the name is illegal or clashes with an earlier one
     */
    public Digests add(String name, Path file) throws IOException {
        DigestingOutputStream digesting = new DigestingOutputStream(out);
        copy(name, file, digesting);
        return digesting.digests();
    }

    /**
     * Adds a file whose digest is known from the time it was written, and makes sure it is still that file.
     *
     * @throws IOException also if the file no longer has this digest
     * @throws IllegalArgumentException if the name is illegal or clashes with an earlier one
     */
    public void addKnown(String name, Path file, Digest expected) throws IOException {
        MessageDigest digest = expected.algorithm().start();
        copy(name, file, new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
                digest.update(bytes, offset, length);
            }
        });
        Digest actual = Digest.ofBytes(expected.algorithm(), digest.digest());
        if (!actual.equals(expected)) {
            throw new IOException(file + " has changed: expected " + expected + ", read " + actual);
        }
    }

    /**
     * Writes the central directory and the end record, and flushes. No member can be added after that.
     *
     * @return size of the whole zip in bytes
     */
    public long finish() throws IOException {
        requireOpen();
        finished = true;
        byte[] tail = ZipFormat.tail(members, position);
        out.write(tail);
        out.flush();
        position += tail.length;
        return position;
    }

    /** The members written so far, in order. */
    public List<Member> members() {
        return List.copyOf(members);
    }

    private void copy(String name, Path file, OutputStream sink) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            CRC32 first = new CRC32();
            pass(channel, size, file, (bytes, length) -> first.update(bytes, 0, length));
            begin(name, size, first.getValue());
            CRC32 second = new CRC32();
            pass(channel, size, file, (bytes, length) -> {
                second.update(bytes, 0, length);
                sink.write(bytes, 0, length);
            });
            if (second.getValue() != first.getValue() || channel.size() != size) {
                throw new IOException(file + " changed while it was being packed");
            }
            position += size;
        }
    }

    private interface Block {
        void accept(byte[] bytes, int length) throws IOException;
    }

    private static void pass(FileChannel channel, long size, Path file, Block block) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long done = 0;
        while (done < size) {
            buffer.clear().limit((int) Math.min(BUFFER_BYTES, size - done));
            int read = channel.read(buffer, done);
            if (read < 0) {
                throw new IOException(file + " became shorter while it was being packed");
            }
            block.accept(buffer.array(), read);
            done += read;
        }
    }

    private void begin(String name, long size, long crc32) throws IOException {
        requireOpen();
        if (!MemberNames.isLegal(name)) {
            throw new IllegalArgumentException("illegal member name " + MemberNames.printable(name));
        }
        if (!names.admits(name)) {
            throw new IllegalArgumentException("member name clashes with an earlier one: " + name);
        }
        Member member = Member.at(position, name, size, crc32);
        byte[] header = ZipFormat.localHeader(member);
        out.write(header);
        position += header.length;
        members.add(member);
    }

    private void requireOpen() {
        if (finished) {
            throw new IllegalStateException("the zip is finished");
        }
    }
}
