package org.tiezheng.evidence.warc;

import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Writes WARC/1.1 records, each a gzip member of its own. Used by one thread.
 *
 * <p>Source: ISO 28500:2017 sections 4 and 5, annex D.
 */
public final class WarcFile implements Closeable {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** So much of the beginning of a block says whether deflate is worth its time: images, video and archives are not. */
    private static final int SAMPLE_BYTES = 64 * 1024;

    private static final long FAST_ABOVE_BYTES = 1024 * 1024;

    private final OutputStream out;

    /** @param out closed with this */
    public WarcFile(OutputStream out) {
        this.out = out;
    }

    /** The text of WARC-Date with microseconds; nanoseconds are cut off. */
    public static String date(Instant instant) {
        return DATE.format(instant);
    }

    /**
     * Writes one record.
     *
     * @param fields all named fields but Content-Length
     * @param block exactly {@code blockBytes} bytes; not closed
     * @throws IOException also if {@code block} has another length; the file is then not usable
     */
    public void write(WarcFields fields, InputStream block, long blockBytes) throws IOException {
        StringBuilder header = new StringBuilder("WARC/1.1\r\n");
        for (Map.Entry<String, String> field : fields.list()) {
            header.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n");
        }
        header.append("Content-Length: ").append(blockBytes).append("\r\n\r\n");
        byte[] beginning = block.readNBytes(SAMPLE_BYTES);
        try (GzipMember member = new GzipMember(out, level(beginning, blockBytes))) {
            member.write(header.toString().getBytes(StandardCharsets.UTF_8));
            member.write(beginning);
            long copied = beginning.length + block.transferTo(member);
            if (copied != blockBytes) {
                throw new IOException("block of a WARC record has " + copied + " bytes instead of " + blockBytes);
            }
            member.write("\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** The level changes size and time only: readers see the same bytes. */
    private static int level(byte[] beginning, long blockBytes) {
        if (blockBytes <= SAMPLE_BYTES) {
            return Deflater.DEFAULT_COMPRESSION;
        }
        Deflater probe = new Deflater(Deflater.BEST_SPEED, true);
        try {
            probe.setInput(beginning);
            probe.finish();
            byte[] compressed = new byte[SAMPLE_BYTES * 95 / 100];
            int n = 0;
            while (n < compressed.length && !probe.finished()) {
                n += probe.deflate(compressed, n, compressed.length - n);
            }
            if (!probe.finished()) {
                return Deflater.NO_COMPRESSION;
            }
        } finally {
            probe.end();
        }
        return blockBytes > FAST_ABOVE_BYTES ? Deflater.BEST_SPEED : Deflater.DEFAULT_COMPRESSION;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** Closing it ends the member and leaves the file open. */
    private static final class GzipMember extends GZIPOutputStream {
        GzipMember(OutputStream file, int level) throws IOException {
            super(new Open(file), 16 * 1024);
            def.setLevel(level);
        }

        private static final class Open extends FilterOutputStream {
            Open(OutputStream file) {
                super(file);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        }
    }
}
