package org.tiezheng.archive.jobs;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.jobs.JobRefused.Code;

/**
 * Reads a list of addresses: one per line, or CSV. Line by line, so that a long list costs no more than its addresses.
 *
 * <p>CSV is recognised by a first line that names a column {@code url} (or 网址, 地址, 链接); the columns {@code shop} (店铺),
 * {@code platform} (平台), {@code fact} (证明对象) and {@code clue} (线索) may stand beside it and override the submission's.
 * Fields may be quoted; a line break inside quotes is not accepted. Without such a line, the first field of each line is the
 * address. UTF-8, with or without a byte order mark; lines that are not UTF-8 are read as GB 18030, which is what spreadsheets
 * in China write. Empty lines and lines that begin with # are passed over.
 */
public final class AddressList {
    static final int LONGEST_LINE = 16_384;

    private static final Charset GB18030 = Charset.forName("GB18030");

    private enum Column {
        URL("url", "address", "网址", "地址", "链接"),
        SHOP("shop", "店铺", "网店"),
        PLATFORM("platform", "平台"),
        FACT("fact", "facttoprove", "证明对象"),
        CLUE("clue", "clueno", "线索", "线索号");

        private final List<String> names;

        Column(String... names) {
            this.names = List.of(names);
        }

        static Optional<Column> named(String text) {
            String name = text.strip().toLowerCase(Locale.ROOT).replace("_", "").replace(" ", "");
            for (Column column : values()) {
                if (column.names.contains(name)) {
                    return Optional.of(column);
                }
            }
            return Optional.empty();
        }
    }

    /**
     * A list as read; the addresses themselves are not checked yet.
     *
     * @param problems lines that could not be read
     */
    public record Read(List<AddressLine> lines, List<BatchReceipt.Problem> problems) {
        public Read {
            lines = List.copyOf(lines);
            problems = List.copyOf(problems);
        }
    }

    private final CaptureContext context;
    private final int most;
    private final List<AddressLine> lines = new ArrayList<>();
    private final List<BatchReceipt.Problem> problems = new ArrayList<>();
    private @Nullable Map<Column, Integer> columns;
    private boolean begun;

    private AddressList(CaptureContext context, int most) {
        this.context = context;
        this.most = most;
    }

    /** The addresses a caller has in a list of his own. */
    public static Read of(List<String> urls, CaptureContext context, int most) {
        AddressList list = new AddressList(context, most);
        for (int i = 0; i < urls.size(); i++) {
            if (!urls.get(i).isBlank()) {
                list.add(new AddressLine(i + 1, urls.get(i).strip(), context));
            }
        }
        return new Read(list.lines, list.problems);
    }

    /**
     * Reads to the end.
     *
     * @param context of the submission
     * @param most addresses or bad lines the list may have
     * @param mostBytes bytes it may have
     * @throws JobRefused if it has more
     * @throws IOException if it could not be read
     */
    public static Read read(InputStream in, CaptureContext context, int most, long mostBytes) throws IOException {
        AddressList list = new AddressList(context, most);
        InputStream bytes = new BufferedInputStream(in, 65_536);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        boolean tooLong = false;
        long total = 0;
        int number = 1;
        for (int b = bytes.read(); b >= 0; b = bytes.read()) {
            if (++total > mostBytes) {
                throw new JobRefused(Code.TOO_MANY, mostBytes + " B");
            }
            if (b != '\n') {
                tooLong |= line.size() >= LONGEST_LINE;
                if (!tooLong) {
                    line.write(b);
                }
                continue;
            }
            list.line(number++, line.toByteArray(), tooLong);
            line.reset();
            tooLong = false;
        }
        list.line(number, line.toByteArray(), tooLong);
        return new Read(list.lines, list.problems);
    }

    private void line(int number, byte[] bytes, boolean tooLong) {
        Optional<String> decoded = tooLong ? Optional.empty() : decode(bytes);
        if (decoded.isEmpty()) {
            bad(number, new String(bytes, 0, Math.min(bytes.length, 200), StandardCharsets.UTF_8));
            return;
        }
        String text = decoded.get().strip();
        if (number == 1 && text.startsWith("\uFEFF")) {
            text = text.substring(1).strip();
        }
        if (text.isEmpty() || text.startsWith("#")) {
            return;
        }
        Optional<List<String>> fields = fields(text);
        if (fields.isEmpty()) {
            bad(number, text);
            return;
        }
        if (!begun) {
            begun = true;
            if (header(fields.get())) {
                return;
            }
        }
        row(number, text, fields.get());
    }

    private boolean header(List<String> fields) {
        Map<Column, Integer> found = new EnumMap<>(Column.class);
        for (int i = 0; i < fields.size(); i++) {
            Optional<Column> column = Column.named(fields.get(i));
            if (column.isPresent()) {
                found.putIfAbsent(column.get(), i);
            }
        }
        if (!found.containsKey(Column.URL)) {
            return false;
        }
        columns = found;
        return true;
    }

    private void row(int number, String text, List<String> fields) {
        if (columns == null) {
            // A bare address may hold commas; an address in quotes has been unquoted already.
            String url = text.startsWith("\"") || !text.contains("://") ? fields.get(0) : bare(text);
            add(new AddressLine(number, url, context));
            return;
        }
        String url = Optional.ofNullable(field(fields, Column.URL)).orElse("");
        try {
            add(new AddressLine(
                    number,
                    url,
                    new CaptureContext(
                            or(field(fields, Column.CLUE), context.clueNo()),
                            context.caseNo(),
                            context.purpose(),
                            or(field(fields, Column.FACT), context.factToProve()),
                            or(field(fields, Column.SHOP), context.shop()),
                            or(field(fields, Column.PLATFORM), context.platform()))));
        } catch (JobRefused e) {
            problems.add(problem(number, text, BatchReceipt.Why.TEXT));
            limit();
        }
    }

    /** The address itself, up to the first blank: what follows is somebody's remark. */
    private static String bare(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isWhitespace(text.charAt(i))) {
                return text.substring(0, i);
            }
        }
        return text;
    }

    private void add(AddressLine line) {
        lines.add(line);
        limit();
    }

    private void bad(int number, String text) {
        problems.add(problem(number, text, BatchReceipt.Why.UNREADABLE));
        limit();
    }

    private void limit() {
        if (lines.size() + problems.size() > most) {
            throw new JobRefused(Code.TOO_MANY, String.valueOf(most));
        }
    }

    private @Nullable String field(List<String> fields, Column column) {
        Integer at = columns == null ? null : columns.get(column);
        return at == null || at >= fields.size() || fields.get(at).isBlank()
                ? null
                : fields.get(at).strip();
    }

    private static @Nullable String or(@Nullable String value, @Nullable String other) {
        return value == null ? other : value;
    }

    static BatchReceipt.Problem problem(int line, String text, BatchReceipt.Why why) {
        return new BatchReceipt.Problem(line, text.length() <= 200 ? text : text.substring(0, 200), why);
    }

    /** Fields of one line of CSV (RFC 4180, or with tabs); empty if a quote is not closed. */
    static Optional<List<String>> fields(String line) {
        char separator = line.indexOf('\t') >= 0 ? '\t' : ',';
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quoted) {
                if (c != '"') {
                    field.append(c);
                } else if (i + 1 < line.length() && line.charAt(i + 1) == '"') {
                    field.append('"');
                    i++;
                } else {
                    quoted = false;
                }
            } else if (c == '"' && field.isEmpty()) {
                quoted = true;
            } else if (c == separator) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return quoted ? Optional.empty() : Optional.of(fields);
    }

    private static Optional<String> decode(byte[] bytes) {
        return decode(bytes, StandardCharsets.UTF_8).or(() -> decode(bytes, GB18030));
    }

    private static Optional<String> decode(byte[] bytes, Charset charset) {
        try {
            return Optional.of(charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
