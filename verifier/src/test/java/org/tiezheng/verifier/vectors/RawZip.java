package org.tiezheng.verifier.vectors;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;

/**
 * Writes a zip as the real writer does, but with whatever fault it is told to make. Without a fault the
 * bytes are those of the real writer; a test holds that.
 */
final class RawZip {
    /** One entry and its faults. */
    static final class Entry {
        final String name;
        byte[] content;
        byte[] extra = new byte[0];
        int flags;
        /** Added to the true CRC-32 in both headers. */
        int crcError;
        /** Added to the CRC-32 in the local header only. */
        int localCrcError;
        /** Bytes before the local header that belong to nothing. */
        byte[] gap = new byte[0];

        Entry(String name, byte[] content) {
            this.name = name;
            this.content = content.clone();
        }
    }

    final List<Entry> entries = new ArrayList<>();

    static RawZip of(Map<String, byte[]> members) {
        RawZip zip = new RawZip();
        members.forEach((name, content) -> zip.entries.add(new Entry(name, content)));
        return zip;
    }

    /** The members of a zip that has no duplicate names. */
    static Map<String, byte[]> members(Path file) throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        try (FileChannel channel = FileChannel.open(file)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            for (Member member : zip.members()) {
                members.put(member.name(), zip.open(member).readAllBytes());
            }
        }
        return members;
    }

    Entry entry(String name) {
        return entries.stream().filter(e -> e.name.equals(name)).findFirst().orElseThrow();
    }

    RawZip add(String name, byte[] content) {
        entries.add(new Entry(name, content));
        return this;
    }

    RawZip addText(String name, String content) {
        return add(name, content.getBytes(StandardCharsets.UTF_8));
    }

    byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream central = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            write(out, entry.gap);
            int offset = out.size();
            CRC32 crc = new CRC32();
            crc.update(entry.content);
            int value = (int) crc.getValue() + entry.crcError;
            write(out, header(0x04034b50, entry, value + entry.localCrcError, -1));
            write(out, entry.content);
            write(central, header(0x02014b50, entry, value, offset));
        }
        int centralOffset = out.size();
        write(out, central.toByteArray());
        ByteBuffer end = little(22).putInt(0x06054b50).putInt(0);
        end.putShort((short) entries.size()).putShort((short) entries.size());
        end.putInt(central.size()).putInt(centralOffset).putShort((short) 0);
        write(out, end.array());
        return out.toByteArray();
    }

    /** @param offset of the local header; negative for the local header itself */
    private static byte[] header(int signature, Entry entry, int crc, int offset) {
        byte[] name = entry.name.getBytes(StandardCharsets.ISO_8859_1);
        boolean local = offset < 0;
        ByteBuffer header = little((local ? 30 : 46) + name.length + entry.extra.length);
        header.putInt(signature);
        if (!local) {
            header.putShort((short) 10);
        }
        header.putShort((short) 10).putShort((short) entry.flags).putShort((short) 0);
        header.putShort((short) 0).putShort((short) 0x21).putInt(crc);
        header.putInt(entry.content.length).putInt(entry.content.length);
        header.putShort((short) name.length).putShort((short) entry.extra.length);
        if (!local) {
            header.putShort((short) 0)
                    .putShort((short) 0)
                    .putShort((short) 0)
                    .putInt(0)
                    .putInt(offset);
        }
        return header.put(name).put(entry.extra).array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void write(ByteArrayOutputStream out, byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
