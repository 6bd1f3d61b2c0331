package org.tiezheng.evidence.wacz;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * Reads {@code data.warc.gz} front to back and knows, for every record, the exact place and digest of its gzip member.
 * Strict: one member holds exactly one record, nothing lies between or after.
 *
 * <p>Works on hostile input: headers are limited to {@link #MAX_HEADER_BYTES}, blocks are streamed. What is wrong with the
 * bytes ends in a {@link MalformedWarcException}, after which reading cannot go on.
 *
 * <p>Source: WARC 1.1 (ISO 28500:2017) sections 4 and 5.1, annex D (one gzip member per record); RFC 1952.
 */
public final class WarcGzReader implements Closeable {
    /** Most bytes of a record's header lines: a browser's longest URL has 2 MiB. */
    public static final int MAX_HEADER_BYTES = 1 << 22;

    private static final byte[] RECORD_END = {'\r', '\n', '\r', '\n'};

    private final InputStream in;
    private final byte[] input = new byte[1 << 16];
    private int inputStart;
    private int inputEnd;
    private long position;

    private final Inflater inflater = new Inflater(true);
    private final MessageDigest memberDigest = Digest.Algorithm.SHA256.start();
    private final CRC32 crc = new CRC32();
    /** Inflated bytes that nobody has taken yet: headers are read byte by byte. */
    private final byte[] plain = new byte[1 << 13];

    private int plainStart;
    private int plainEnd;
    private @Nullable Record current;

    /** @param in need not be buffered; closed with the reader */
    public WarcGzReader(InputStream in) {
        this.in = in;
    }

    /** A header line of a record. */
    public record Field(String name, String value) {}

    /**
     * Where a record lies.
     *
     * @param offset first byte of its gzip member in the file
     * @param lengthBytes of the gzip member
     * @param digest SHA-256 of the gzip member's bytes: the recordDigest of CDXJ
     */
    public record Extent(long offset, long lengthBytes, Digest digest) {}

    /** One record; valid until the next one is asked for. */
    public final class Record {
        private final long offset;
        private final String version;
        private final List<Field> fields;
        private final long blockBytes;
        private long blockLeft;
        private @Nullable Extent extent;

        private Record(long offset, String version, List<Field> fields, long blockBytes) {
            this.offset = offset;
            this.version = version;
            this.fields = List.copyOf(fields);
            this.blockBytes = blockBytes;
            this.blockLeft = blockBytes;
        }

        /** First byte of the record's gzip member in the file. */
        public long offset() {
            return offset;
        }

        /** {@code WARC/1.1} or {@code WARC/1.0}. */
        public String version() {
            return version;
        }

        /** All header lines, in order. */
        public List<Field> fields() {
            return fields;
        }

        /** Value of the first header line of this name, in any case. */
        public Optional<String> field(String name) {
            return fields.stream()
                    .filter(field -> field.name().equalsIgnoreCase(name))
                    .map(Field::value)
                    .findFirst();
        }

        /** {@code WARC-Type}, or an empty text. */
        public String type() {
            return field("WARC-Type").orElse("");
        }

        /** {@code WARC-Target-URI} without the angle brackets that some writers put round it, or an empty text. */
        public String targetUri() {
            String uri = field("WARC-Target-URI").orElse("");
            return uri.startsWith("<") && uri.endsWith(">") ? uri.substring(1, uri.length() - 1) : uri;
        }

        /** Content-Length: how many bytes the block has. */
        public long blockBytes() {
            return blockBytes;
        }

        /** Reads on in the block; -1 at its end. */
        public int read(byte[] bytes, int start, int length) throws IOException {
            if (blockLeft == 0) {
                return -1;
            }
            int read = inflate(bytes, start, (int) Math.min(length, blockLeft));
            if (read < 0) {
                throw new MalformedWarcException("the record is shorter than its Content-Length");
            }
            blockLeft -= read;
            return read;
        }

        /** The rest of the block as a stream. Closing it does nothing. */
        public InputStream block() {
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] bytes, int start, int length) throws IOException {
                    return length == 0 ? 0 : Record.this.read(bytes, start, length);
                }
            };
        }

        /** Skips what is left of the block, checks the end of record and member, and says where the record lies. */
        public Extent finish() throws IOException {
            if (extent == null) {
                byte[] skipped = new byte[1 << 13];
                while (read(skipped, 0, skipped.length) >= 0) {
                    continue;
                }
                extent = endOfMember(this);
            }
            return extent;
        }
    }

    /**
     * The next record, or null at the end of the file. Finishes the one before.
     *
     * @throws MalformedWarcException if the bytes are not a record
     */
    public @Nullable Record next() throws IOException {
        if (current != null) {
            current.finish();
            current = null;
        }
        if (!fill()) {
            return null;
        }
        long offset = position;
        memberDigest.reset();
        crc.reset();
        inflater.reset();
        gzipHeader();
        Record record = recordHeader(offset);
        current = record;
        return record;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }

    private void gzipHeader() throws IOException {
        int[] expected = {0x1f, 0x8b, 8, 0};
        for (int i = 0; i < 10; i++) {
            int value = inputByte();
            // No flags: no name, comment, extra field. Time, level and system (bytes 4 to 9) may be anything.
            if (i < expected.length && value != expected[i]) {
                throw new MalformedWarcException("no plain gzip member at byte " + position);
            }
        }
    }

    private Record recordHeader(long offset) throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        byte[] one = new byte[1];
        int matched = 0;
        while (matched < RECORD_END.length) {
            if (header.size() == MAX_HEADER_BYTES) {
                throw new MalformedWarcException("record header of more than " + MAX_HEADER_BYTES + " bytes");
            }
            if (inflate(one, 0, 1) < 0) {
                throw new MalformedWarcException("a gzip member ends within a record header");
            }
            header.write(one[0]);
            matched = one[0] == RECORD_END[matched] ? matched + 1 : one[0] == '\r' ? 1 : 0;
        }
        String[] lines = header.toString(StandardCharsets.UTF_8).split("\r\n");
        String version = lines.length == 0 ? "" : lines[0];
        if (!version.equals("WARC/1.1") && !version.equals("WARC/1.0")) {
            throw new MalformedWarcException("a record does not begin with its version");
        }
        List<Field> fields = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon < 1) {
                throw new MalformedWarcException("a record header line without a name");
            }
            fields.add(new Field(
                    lines[i].substring(0, colon), lines[i].substring(colon + 1).strip()));
        }
        return new Record(offset, version, fields, contentLength(fields));
    }

    private static long contentLength(List<Field> fields) throws MalformedWarcException {
        List<String> values = fields.stream()
                .filter(field -> field.name().toLowerCase(Locale.ROOT).equals("content-length"))
                .map(Field::value)
                .toList();
        if (values.size() != 1 || !values.get(0).matches("[0-9]{1,18}")) {
            throw new MalformedWarcException("a record without exactly one Content-Length");
        }
        return Long.parseLong(values.get(0));
    }

    private Extent endOfMember(Record record) throws IOException {
        byte[] end = new byte[RECORD_END.length + 1];
        int count = 0;
        while (count < end.length) {
            int read = inflate(end, count, end.length - count);
            if (read < 0) {
                break;
            }
            count += read;
        }
        if (count != RECORD_END.length || !new String(end, 0, count, StandardCharsets.ISO_8859_1).equals("\r\n\r\n")) {
            throw new MalformedWarcException("a record does not end with its gzip member in two empty lines");
        }
        long listedCrc = littleEndian32();
        long listedSize = littleEndian32();
        if (listedCrc != crc.getValue() || listedSize != (inflater.getBytesWritten() & 0xFFFFFFFFL)) {
            throw new MalformedWarcException("CRC-32 or size of a gzip member is wrong");
        }
        Digest digest = Digest.ofBytes(Digest.Algorithm.SHA256, memberDigest.digest());
        return new Extent(record.offset, position - record.offset, digest);
    }

    private long littleEndian32() throws IOException {
        long value = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            value |= (long) inputByte() << shift;
        }
        return value;
    }

    /** At least one inflated byte of the current member; -1 at the member's end. */
    private int inflate(byte[] bytes, int start, int length) throws IOException {
        if (plainStart == plainEnd) {
            int count = inflateSome();
            if (count < 0) {
                return -1;
            }
            plainStart = 0;
            plainEnd = count;
        }
        int count = Math.min(length, plainEnd - plainStart);
        System.arraycopy(plain, plainStart, bytes, start, count);
        plainStart += count;
        return count;
    }

    private int inflateSome() throws IOException {
        try {
            while (true) {
                int before = inflater.getRemaining();
                int count = inflater.inflate(plain);
                consumed(before - inflater.getRemaining());
                if (count > 0) {
                    crc.update(plain, 0, count);
                    return count;
                }
                if (inflater.finished()) {
                    return -1;
                }
                if (inflater.needsDictionary()) {
                    throw new MalformedWarcException("a gzip member asks for a dictionary");
                }
                if (inflater.needsInput()) {
                    if (!fill()) {
                        throw new MalformedWarcException("the file ends within a gzip member");
                    }
                    inflater.setInput(input, inputStart, inputEnd - inputStart);
                }
            }
        } catch (DataFormatException e) {
            throw new MalformedWarcException("a gzip member is damaged");
        }
    }

    /** Makes sure that there is unread input; false at the end of the file. */
    private boolean fill() throws IOException {
        if (inputStart < inputEnd) {
            return true;
        }
        inputStart = 0;
        inputEnd = Math.max(0, in.read(input, 0, input.length));
        return inputEnd > 0;
    }

    private int inputByte() throws IOException {
        if (!fill()) {
            throw new MalformedWarcException("the file ends within a gzip member");
        }
        int value = input[inputStart] & 0xff;
        consumed(1);
        return value;
    }

    private void consumed(int count) {
        if (count > 0) {
            memberDigest.update(input, inputStart, count);
            inputStart += count;
            position += count;
        }
    }
}
