package org.tiezheng.evidence.wacz;

import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes {@code indexes/index.cdx}: for each record that a player may show, one line {@code <key> <14 digits> <json>},
 * sorted by bytes.
 *
 * <p>Lines equal those of {@code warcio.js cdx-index} 2.4.11, but that {@code digest} keeps its {@code sha256:} and that
 * {@code recordDigest} is added. The key is {@link Surt}; for a request other than GET, next to its response, the body is
 * part of the key, see {@link PostQuery}.
 *
 * <p>Source: webrecorder/specs cdxj 0.1.0; warcio.js lib/indexer.ts.
 */
public final class Cdxj {
    private static final int MAX_HTTP_HEADER_BYTES = 1 << 22;

    private Cdxj() {}

    /**
     * Indexes a WARC file of our own.
     *
     * @param warc {@code data.warc.gz}
     * @param filename as the lines name it: without its folder
     * @param index must not exist
     * @return number of lines
     * @throws MalformedWarcException if {@code warc} is not as this format writes it
     */
    public static int write(Path warc, String filename, Path index) throws IOException {
        List<String> lines = new ArrayList<>();
        try (WarcGzReader reader = new WarcGzReader(Files.newInputStream(warc))) {
            Indexer indexer = new Indexer(filename, lines);
            for (WarcGzReader.Record record = reader.next(); record != null; record = reader.next()) {
                indexer.record(Summary.of(record));
            }
            indexer.end();
        }
        // Sorted as bytes; keys are ASCII but for odd ones, where code units and bytes rarely disagree.
        Collections.sort(lines);
        try (BufferedWriter out =
                Files.newBufferedWriter(index, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW)) {
            for (String line : lines) {
                out.write(line);
                out.write('\n');
            }
        }
        return lines.size();
    }

    /** Whether the index has a line for records of this kind. */
    static boolean isIndexed(String type, String contentType) {
        return switch (type) {
            case "request", "warcinfo" -> false;
            case "metadata", "resource" -> !contentType.equals("application/warc-fields");
            default -> true;
        };
    }

    /** WARC-Date to the 14 digits of a CDXJ line. */
    static String timestamp(String warcDate) {
        String digits = warcDate.replaceAll("[-:T]", "");
        return digits.substring(0, Math.min(14, digits.length()));
    }

    /** What the index needs of a record. */
    private record Summary(
            String type,
            String url,
            String date,
            String contentType,
            @Nullable String payloadDigest,
            WarcGzReader.Extent extent,
            @Nullable Http http) {

        static Summary of(WarcGzReader.Record record) throws IOException {
            String type = record.type();
            Http http = switch (type) {
                case "response", "revisit", "request" -> Http.read(record.block(), type.equals("request"));
                default -> null;
            };
            return new Summary(
                    type,
                    record.targetUri(),
                    record.field("WARC-Date").orElse(""),
                    record.field("Content-Type").orElse(""),
                    record.field("WARC-Payload-Digest").orElse(null),
                    record.finish(),
                    http);
        }

        private boolean isAnswer() {
            return type.equals("response") || type.equals("revisit");
        }

        @Nullable
        String mime() {
            if (type.equals("revisit")) {
                return "warc/revisit";
            }
            if (!type.equals("response")) {
                return contentType.isEmpty() ? null : contentType;
            }
            return http == null
                    ? null
                    : http.field("content-type")
                            .map(value -> value.split(";", -1)[0].strip())
                            .filter(value -> !value.isEmpty())
                            .orElse(null);
        }
    }

    /** Start line and header of an HTTP message, and the body of a request. */
    private record Http(String startLine, List<WarcGzReader.Field> fields, byte[] body) {

        /** Null if the block has no complete header. */
        static @Nullable Http read(InputStream block, boolean withBody) throws IOException {
            ByteArrayOutputStream header = new ByteArrayOutputStream();
            int newlines = 0;
            while (newlines < 2) {
                int value = block.read();
                if (value < 0 || header.size() == MAX_HTTP_HEADER_BYTES) {
                    return null;
                }
                header.write(value);
                if (value == '\n') {
                    newlines++;
                } else if (value != '\r') {
                    newlines = 0;
                }
            }
            String[] lines = header.toString(StandardCharsets.UTF_8).split("\r?\n");
            List<WarcGzReader.Field> fields = new ArrayList<>();
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                if (colon > 0) {
                    fields.add(new WarcGzReader.Field(
                            lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                            lines[i].substring(colon + 1).strip()));
                }
            }
            byte[] body = withBody ? block.readNBytes(PostQuery.MAX_BODY_BYTES) : new byte[0];
            return new Http(lines.length == 0 ? "" : lines[0], fields, body);
        }

        Optional<String> field(String name) {
            return fields.stream()
                    .filter(field -> field.name().equals(name))
                    .map(WarcGzReader.Field::value)
                    .findFirst();
        }

        /** The second word of a status line, if it is a number. */
        @Nullable
        String status() {
            String[] words = startLine.split(" ", 3);
            return words.length > 1 && words[1].matches("[0-9]{1,9}") ? words[1] : null;
        }

        String method() {
            return startLine.split(" ", 2)[0];
        }
    }

    /** Pairs each answer with the request next to it, as warcio.js does, and makes the lines. */
    private static final class Indexer {
        private final String filename;
        private final List<String> lines;
        private @Nullable Summary waiting;

        Indexer(String filename, List<String> lines) {
            this.filename = filename;
            this.lines = lines;
        }

        void record(Summary record) {
            Summary before = waiting;
            waiting = record;
            if (before == null) {
                return;
            }
            boolean sameUrl = before.url.equals(record.url);
            if (sameUrl && record.type.equals("request") && before.isAnswer()) {
                waiting = null;
                line(before, record);
            } else if (sameUrl && record.isAnswer() && before.type.equals("request")) {
                waiting = null;
                line(record, before);
            } else {
                line(before, null);
            }
        }

        void end() {
            if (waiting != null) {
                line(waiting, null);
            }
        }

        private void line(Summary record, @Nullable Summary request) {
            if (!isIndexed(record.type, record.contentType)) {
                return;
            }
            PostQuery query = request == null || request.http == null
                    ? null
                    : PostQuery.of(
                            request.http.method(),
                            record.url,
                            request.http.field("content-type").orElse(""),
                            request.http.body);
            String key = Surt.of(query == null ? record.url : query.url());
            ObjectNode json = Json.object();
            json.put("url", record.url);
            put(json, "mime", record.mime());
            put(json, "status", record.http == null || !record.isAnswer() ? null : record.http.status());
            put(json, "digest", record.payloadDigest);
            json.put("length", Long.toString(record.extent.lengthBytes()));
            json.put("offset", Long.toString(record.extent.offset()));
            json.put("filename", filename);
            if (query != null) {
                json.put("method", query.method());
                put(json, "requestBody", query.requestBody().isEmpty() ? null : query.requestBody());
            }
            json.put("recordDigest", record.extent.digest().toString());
            lines.add(key + " " + timestamp(record.date) + " " + Json.line(json));
        }

        private static void put(ObjectNode json, String key, @Nullable String value) {
            if (value != null) {
                json.put(key, value);
            }
        }
    }
}
