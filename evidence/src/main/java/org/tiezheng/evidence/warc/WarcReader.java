package org.tiezheng.evidence.warc;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a {@code .warc.gz} from front to back, strictly: WARC/1.1, exactly one record in each gzip member,
 * nothing else. Used by one thread.
 *
 * <p>Whatever the bytes are, the only exception is {@link IOException} ({@link WarcException} where they are wrong).
 */
public final class WarcReader implements Closeable {
    private static final int HEADER_BYTES = 4 * 1024 * 1024;

    private final GzipMembers members;
    private @Nullable Record current;

    /** @param in closed with this */
    public WarcReader(InputStream in) {
        this.members = new GzipMembers(in);
    }

    /**
     * One record; its block is readable until the next one is asked for.
     *
     * @param offset where its gzip member begins in the file, in bytes
     * @param fields all named fields, Content-Length among them
     * @param blockBytes length of the block
     */
    public record Record(long offset, WarcFields fields, long blockBytes, InputStream block) {}

    /** The next record, or null at the end of the file; what is left of the one before is read over. */
    public @Nullable Record next() throws IOException {
        if (current != null) {
            finish(current);
            current = null;
        }
        long offset = members.offset();
        if (!members.next()) {
            return null;
        }
        WarcFields fields = header();
        long length = contentLength(fields);
        Record record = new Record(offset, fields, length, new Block(length));
        current = record;
        return record;
    }

    /** Where the next record begins, once the current one is read to its end by {@link #next}. */
    public long offset() {
        return members.offset();
    }

    private void finish(Record record) throws IOException {
        record.block().transferTo(OutputStream.nullOutputStream());
        byte[] end = members.readNBytes(4);
        if (end.length != 4 || end[0] != '\r' || end[1] != '\n' || end[2] != '\r' || end[3] != '\n') {
            throw new WarcException("record does not end in two empty lines");
        }
        if (members.read() >= 0) {
            throw new WarcException("bytes after the record in its gzip member");
        }
    }

    private WarcFields header() throws IOException {
        String version = line(HEADER_BYTES);
        if (!version.equals("WARC/1.1")) {
            throw new WarcException("record is not WARC/1.1");
        }
        WarcFields.Builder fields = new WarcFields.Builder();
        int left = HEADER_BYTES;
        while (true) {
            String line = line(left);
            if (line.isEmpty()) {
                return fields.build();
            }
            left -= line.length();
            int colon = line.indexOf(':');
            if (colon <= 0 || line.charAt(0) == ' ' || line.charAt(0) == '\t') {
                throw new WarcException("header line without a field name");
            }
            fields.addRead(line.substring(0, colon), line.substring(colon + 1).strip());
        }
    }

    private String line(int limit) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int b = members.read();
            if (b < 0) {
                throw new WarcException("record ends within its header");
            }
            if (b == '\n') {
                break;
            }
            if (line.size() >= limit) {
                throw new WarcException("header longer than allowed");
            }
            line.write(b);
        }
        byte[] bytes = line.toByteArray();
        if (bytes.length == 0 || bytes[bytes.length - 1] != '\r') {
            throw new WarcException("header line does not end in CR LF");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, bytes.length - 1))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new WarcException("header is not UTF-8");
        }
    }

    private static long contentLength(WarcFields fields) throws WarcException {
        if (fields.all("Content-Length").size() != 1) {
            throw new WarcException("not exactly one Content-Length");
        }
        String text = fields.all("Content-Length").get(0);
        if (text.isEmpty() || text.length() > 18 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new WarcException("Content-Length is not a number");
        }
        return Long.parseLong(text);
    }

    @Override
    public void close() throws IOException {
        members.close();
    }

    /** Exactly the bytes Content-Length announces. */
    private final class Block extends InputStream {
        private long left;

        Block(long length) {
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int n = members.read(bytes, offset, (int) Math.min(length, left));
            if (n < 0) {
                throw new WarcException("block shorter than Content-Length");
            }
            left -= n;
            return n;
        }
    }
}
