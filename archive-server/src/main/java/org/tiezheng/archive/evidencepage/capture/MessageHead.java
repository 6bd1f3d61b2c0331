package org.tiezheng.archive.evidencepage.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.tiezheng.evidence.wacz.MalformedWarcException;
import org.tiezheng.evidence.wacz.WarcGzReader;

/**
 * One record of the WARC with the head of the message in it, for a look at a single exchange.
 *
 * @param record header lines of the record
 * @param firstLine request or status line; empty for a WebSocket message
 * @param fields of the message, in order, at most {@value #MAX_FIELDS}
 * @param cut whether the head is longer than is shown
 */
public record MessageHead(List<Field> record, String firstLine, List<Field> fields, boolean cut) {
    private static final int MAX_BYTES = 1 << 16;
    private static final int MAX_FIELDS = 300;

    public MessageHead {
        record = List.copyOf(record);
        fields = List.copyOf(fields);
    }

    public record Field(String name, String value) {}

    /** Reads the one record in {@code member}, a gzip member of the file; closes it. */
    public static MessageHead read(InputStream member) throws UnreadableFileException, IOException {
        try (WarcGzReader reader = new WarcGzReader(member)) {
            WarcGzReader.Record record = reader.next();
            if (record == null) {
                throw new UnreadableFileException("there is no record");
            }
            List<Field> head = record.fields().stream()
                    .limit(MAX_FIELDS)
                    .map(field -> new Field(Shown.text(field.name()), Shown.text(field.value())))
                    .toList();
            if (!record.field("Content-Type").orElse("").startsWith("application/http")) {
                return new MessageHead(head, "", List.of(), false);
            }
            byte[] start = record.block().readNBytes((int) Math.min(MAX_BYTES, record.blockBytes()));
            return of(head, new String(start, StandardCharsets.UTF_8), record.blockBytes() > MAX_BYTES);
        } catch (MalformedWarcException e) {
            throw new UnreadableFileException("the record cannot be read", e);
        }
    }

    private static MessageHead of(List<Field> record, String text, boolean more) {
        int end = text.indexOf("\r\n\r\n");
        boolean open = end < 0;
        String[] lines = (open ? text : text.substring(0, end)).split("\r?\n", MAX_FIELDS + 2);
        List<Field> fields = new ArrayList<>();
        for (int i = 1; i < lines.length && fields.size() < MAX_FIELDS; i++) {
            int colon = lines[i].indexOf(':');
            fields.add(
                    colon < 0
                            ? new Field("", Shown.text(lines[i]))
                            : new Field(
                                    Shown.text(lines[i].substring(0, colon)),
                                    Shown.text(lines[i].substring(colon + 1).strip())));
        }
        return new MessageHead(record, Shown.text(lines[0]), fields, (open && more) || lines.length > MAX_FIELDS);
    }
}
