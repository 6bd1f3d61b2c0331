package org.tiezheng.archive.evidencepage.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wacz.MalformedWarcException;
import org.tiezheng.evidence.wacz.WarcGzReader;

/**
 * The requests of a capture with their answers, read from {@code archive/data.warc.gz} in one pass.
 *
 * @param rows in the order of the file, at most {@link #MAX_ROWS}
 * @param total exchanges in the file
 * @param broken why reading ended before the end of the file; null if it did not
 */
public record Exchanges(
        List<Row> rows, long total, @Nullable String broken) {
    public static final String PATH = "archive/data.warc.gz";
    /** Nobody scrolls through more; the file itself has all. */
    public static final int MAX_ROWS = 20_000;

    private static final int HEAD_BYTES = 1 << 14;
    private static final int MAX_FIELD = 300;
    private static final int MAX_URL = 2048;

    public Exchanges {
        rows = List.copyOf(rows);
    }

    /**
     * Where a record lies in the file.
     *
     * @param offset first byte of its gzip member
     * @param lengthBytes of the member
     */
    public record Place(long offset, long lengthBytes) {}

    /**
     * One request and its answer.
     *
     * @param no 1, 2, 3 …
     * @param at when the first byte of the request passed, ISO 8601 UTC; empty if the record does not say
     * @param status 0 if no answer came
     * @param mediaType of the answer, without parameters
     * @param bytes of the answer: head and body as they came
     * @param millis from the request's first byte to the answer's; -1 if unknown
     * @param truncated word of WARC-Truncated; null if the answer is whole
     * @param kind {@code http}, or {@code websocket} for one message
     */
    public record Row(
            int no,
            String at,
            String method,
            String url,
            String host,
            int status,
            String mediaType,
            long bytes,
            long millis,
            String protocol,
            String serverIp,
            int conversation,
            int stream,
            @Nullable String truncated,
            String kind,
            @Nullable Place request,
            @Nullable Place response) {}

    /**
     * Reads the whole file; closes {@code warc}. A file that breaks off or is malformed gives what stands before that and
     * {@link #broken}.
     *
     * @throws IOException if the store fails
     */
    public static Exchanges read(InputStream warc) throws IOException {
        Reading reading = new Reading();
        String broken = null;
        try (WarcGzReader reader = new WarcGzReader(warc)) {
            WarcGzReader.Record record = reader.next();
            while (record != null) {
                reading.take(record);
                record = reader.next();
            }
        } catch (MalformedWarcException e) {
            broken = "data.warc.gz cannot be read to its end";
        }
        return reading.finish(broken);
    }

    private static final class Reading {
        private final List<Row> rows = new ArrayList<>();
        /** Requests whose answer has not come, by conversation and exchange. */
        private final Map<String, Half> open = new HashMap<>();

        private long total;

        private record Half(Head head, Place place, long order) {}

        private record Head(
                String type,
                String url,
                String at,
                String firstLine,
                String mediaType,
                long bytes,
                String protocol,
                String ip,
                int conversation,
                int exchange,
                int stream,
                @Nullable String truncated,
                @Nullable String webSocket) {}

        void take(WarcGzReader.Record record) throws IOException {
            String type = record.type();
            boolean message = type.equals("request") || type.equals("response");
            boolean webSocket = type.equals("resource")
                    && record.field("Tiezheng-WebSocket").isPresent();
            if (!message && !webSocket) {
                return;
            }
            Head head = head(record, type);
            WarcGzReader.Extent extent = record.finish();
            Place place = new Place(extent.offset(), extent.lengthBytes());
            if (webSocket) {
                total++;
                add(row(null, null, head, place));
                return;
            }
            String key = head.conversation() + "/" + head.exchange();
            Half other = open.remove(key);
            if (other == null || other.head().type().equals(type)) {
                if (other != null) {
                    single(other);
                }
                if (open.size() < MAX_ROWS) {
                    open.put(key, new Half(head, place, open.size()));
                }
                return;
            }
            total++;
            boolean isResponse = type.equals("response");
            add(
                    isResponse
                            ? row(other.head(), other.place(), head, place)
                            : row(head, place, other.head(), other.place()));
        }

        private void single(Half half) {
            total++;
            boolean isResponse = half.head().type().equals("response");
            add(isResponse ? row(null, null, half.head(), half.place()) : row(half.head(), half.place(), null, null));
        }

        Exchanges finish(@Nullable String broken) {
            open.values().stream()
                    .sorted(Comparator.comparing((Half half) -> half.head().at()))
                    .forEach(this::single);
            return new Exchanges(rows, total, broken);
        }

        private void add(Row row) {
            if (rows.size() < MAX_ROWS) {
                rows.add(row);
            }
        }

        private Row row(
                @Nullable Head request,
                @Nullable Place requestPlace,
                @Nullable Head response,
                @Nullable Place responsePlace) {
            Head first = request != null ? request : Objects.requireNonNull(response);
            boolean webSocket = first.webSocket() != null;
            String method = request == null ? "" : word(request.firstLine(), 0);
            if (webSocket) {
                method = Shown.text(String.valueOf(first.webSocket()));
            }
            return new Row(
                    rows.size() + 1,
                    first.at(),
                    method,
                    first.url(),
                    host(first.url()),
                    response == null || webSocket ? 0 : status(response.firstLine()),
                    response == null ? "" : response.mediaType(),
                    response == null ? 0 : response.bytes(),
                    request == null || response == null ? -1 : millis(request.at(), response.at()),
                    first.protocol(),
                    first.ip(),
                    first.conversation(),
                    first.stream(),
                    response == null ? null : response.truncated(),
                    webSocket ? "websocket" : "http",
                    requestPlace,
                    responsePlace);
        }

        private static Head head(WarcGzReader.Record record, String type) throws IOException {
            String firstLine = "";
            String mediaType = "";
            if (!type.equals("resource")) {
                byte[] start = record.block().readNBytes((int) Math.min(HEAD_BYTES, record.blockBytes()));
                String text = new String(start, StandardCharsets.ISO_8859_1);
                int end = text.indexOf('\n');
                firstLine = cut(end < 0 ? text : text.substring(0, end).strip());
                mediaType = mediaType(text);
            }
            StringBuilder protocol = new StringBuilder();
            record.fields().stream()
                    .filter(field -> field.name().equalsIgnoreCase("WARC-Protocol"))
                    .limit(3)
                    .forEach(field ->
                            protocol.append(protocol.isEmpty() ? "" : " ").append(cut(field.value())));
            return new Head(
                    type,
                    url(record.targetUri()),
                    time(record.field("WARC-Date").orElse("")),
                    firstLine,
                    mediaType,
                    record.blockBytes(),
                    protocol.toString(),
                    cut(record.field("WARC-IP-Address").orElse("")),
                    number(record.field("Tiezheng-Conversation").orElse("")),
                    number(record.field("Tiezheng-Exchange").orElse("")),
                    number(record.field("Tiezheng-Stream").orElse("")),
                    record.field("WARC-Truncated").map(Reading::cut).orElse(null),
                    record.field("Tiezheng-WebSocket").map(Reading::cut).orElse(null));
        }

        private static String url(String text) {
            return Shown.text(text.length() > MAX_URL ? text.substring(0, MAX_URL) + "…" : text);
        }

        private static String cut(String text) {
            return Shown.text(text.length() > MAX_FIELD ? text.substring(0, MAX_FIELD) : text);
        }

        private static String mediaType(String head) {
            int end = head.indexOf("\r\n\r\n");
            for (String line : (end < 0 ? head : head.substring(0, end)).split("\n", 200)) {
                if (line.regionMatches(true, 0, "content-type:", 0, 13)) {
                    String value = line.substring(13).strip();
                    int semicolon = value.indexOf(';');
                    return cut((semicolon < 0 ? value : value.substring(0, semicolon))
                            .strip()
                            .toLowerCase(Locale.ROOT));
                }
            }
            return "";
        }

        private static String word(String line, int index) {
            String[] words = line.split(" ", 3);
            return index < words.length ? words[index] : "";
        }

        private static int status(String line) {
            String word = word(line, 1);
            return word.matches("[1-9][0-9]{2}") ? Integer.parseInt(word) : 0;
        }

        private static int number(String text) {
            return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
        }

        private static String time(String text) {
            try {
                return Instant.parse(text).toString();
            } catch (DateTimeParseException e) {
                return "";
            }
        }

        private static long millis(String from, String to) {
            if (from.isEmpty() || to.isEmpty()) {
                return -1;
            }
            return Math.max(
                    -1, Duration.between(Instant.parse(from), Instant.parse(to)).toMillis());
        }

        private static String host(String url) {
            int start = url.indexOf("://");
            if (start < 0) {
                return "";
            }
            int end = start + 3;
            while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
                end++;
            }
            return cut(url.substring(start + 3, end));
        }
    }
}
