package org.tiezheng.archive.filing;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How archival codes (档号) of a fonds are written, and read again.
 *
 * <p>A pattern is text with fields in braces, {@code {fonds}-{category}·{year}-{retention}-{organisation}-{item:6}}, which gives
 * {@code 0123-XZCF·2026-D30-WJ-000042}. The number after the colon is the least count of digits of {@code volume} and {@code
 * item}. Between two fields stands at least one character that is no letter and no digit, so that a code can be read in one way
 * only. Source: DA/T 13-2022 (档号编制规则), structure of codes; the pattern itself is the archive's to set.
 *
 * <p>Immutable.
 */
public final class CodePattern {
    /** The DA/T 13 form for single items. */
    public static final String DEFAULT_ITEM = "{fonds}-{category}·{year}-{retention}-{organisation}-{item:6}";

    /** The DA/T 13 form for volumes; the items of one are numbered behind its code. */
    public static final String DEFAULT_VOLUME = "{fonds}-{category}·{year}-{retention}-{organisation}-{volume:4}";

    /** Digits of an item's number within a volume. */
    private static final int DIGITS_IN_VOLUME = 3;

    private static final int MAX_DIGITS = 9;
    private static final int MAX_LENGTH = 200;
    private static final Pattern FIELD = Pattern.compile("\\{([a-z]+)(?::([1-9]))?\\}");
    private static final Pattern SEPARATOR = Pattern.compile("[-._/·–— ]{1,4}");

    /** What a code is made of, and the form of each. */
    public enum Field {
        FONDS("[A-Z0-9]{1,12}"),
        CATEGORY("[A-Z][A-Z0-9]{0,15}"),
        YEAR("[1-9][0-9]{3}"),
        RETENTION("[A-Z][A-Z0-9]{0,7}"),
        ORGANISATION("[A-Z0-9]{1,16}"),
        VOLUME("[0-9]{1,9}"),
        ITEM("[0-9]{1,9}");

        private final Pattern form;

        Field(String form) {
            this.form = Pattern.compile(form);
        }

        boolean isNumber() {
            return this == VOLUME || this == ITEM;
        }

        /** Whether a value may stand in a code. */
        public boolean admits(String value) {
            return value.length() <= 20 && form.matcher(value).matches();
        }
    }

    /** A pattern nobody can use; the code is a key of texts, {@code filing.pattern.<code>}. */
    public static final class BadPatternException extends Exception {
        private static final long serialVersionUID = 1;

        private final String code;

        BadPatternException(String code, String detail) {
            super(detail);
            this.code = code;
        }

        public String code() {
            return code;
        }
    }

    /**
     * What a code says.
     *
     * @param volumeNo 0 if the pattern has no volume
     * @param itemNo 0 if the pattern has no item
     */
    public record Parts(
            String fonds, String category, int year, String retention, String organisation, int volumeNo, int itemNo) {}

    private record Piece(String separator, Field field, int digits) {}

    private final String text;
    private final List<Piece> pieces;
    private final String tail;
    private final Pattern reader;

    private CodePattern(String text, List<Piece> pieces, String tail) {
        this.text = text;
        this.pieces = List.copyOf(pieces);
        this.tail = tail;
        StringBuilder expression = new StringBuilder();
        for (Piece piece : pieces) {
            expression
                    .append(Pattern.quote(piece.separator()))
                    .append("(?<")
                    .append(piece.field().name().toLowerCase(Locale.ROOT))
                    .append('>')
                    .append(piece.field().form.pattern())
                    .append(')');
        }
        this.reader = Pattern.compile(expression.append(Pattern.quote(tail)).toString());
    }

    /** A pattern of single items: every field but {@code volume}, {@code item} last. */
    public static CodePattern item(String text) throws BadPatternException {
        return of(text, Field.ITEM, Field.VOLUME);
    }

    /** A pattern of volumes: every field but {@code item}, {@code volume} last. */
    public static CodePattern volume(String text) throws BadPatternException {
        return of(text, Field.VOLUME, Field.ITEM);
    }

    private static CodePattern of(String text, Field last, Field without) throws BadPatternException {
        if (text.length() > MAX_LENGTH) {
            throw new BadPatternException("too-long", text.length() + " characters");
        }
        List<Piece> pieces = new ArrayList<>();
        Set<Field> open = EnumSet.complementOf(EnumSet.of(without));
        Matcher matcher = FIELD.matcher(text);
        int end = 0;
        while (matcher.find()) {
            String separator = text.substring(end, matcher.start());
            boolean first = pieces.isEmpty();
            if (first ? !separator.isEmpty() : !SEPARATOR.matcher(separator).matches()) {
                throw new BadPatternException("separator", separator);
            }
            Field field = field(matcher.group(1));
            if (!open.remove(field)) {
                throw new BadPatternException("field", matcher.group(1));
            }
            String digits = matcher.group(2);
            if (digits != null && !field.isNumber()) {
                throw new BadPatternException("digits", matcher.group(1));
            }
            pieces.add(new Piece(separator, field, digits == null ? 1 : Integer.parseInt(digits)));
            end = matcher.end();
        }
        if (!open.isEmpty()) {
            throw new BadPatternException(
                    "missing", open.iterator().next().name().toLowerCase(Locale.ROOT));
        }
        if (pieces.get(pieces.size() - 1).field() != last || end != text.length()) {
            throw new BadPatternException("last", last.name().toLowerCase(Locale.ROOT));
        }
        return new CodePattern(text, pieces, "");
    }

    private static Field field(String name) throws BadPatternException {
        for (Field field : Field.values()) {
            if (field.name().toLowerCase(Locale.ROOT).equals(name)) {
                return field;
            }
        }
        throw new BadPatternException("field", name);
    }

    /** The pattern of the items of a volume: its code, and their number behind it. */
    public static String itemInVolume(String volumeCode, int itemNo) {
        return volumeCode + "-" + number(itemNo, DIGITS_IN_VOLUME);
    }

    /** The number of an item of a volume; empty if {@code code} is none of its codes. */
    public static Optional<Integer> numberInVolume(String volumeCode, String code) {
        String prefix = volumeCode + "-";
        if (!code.startsWith(prefix)) {
            return Optional.empty();
        }
        return canonical(code.substring(prefix.length()), DIGITS_IN_VOLUME);
    }

    /** All in front of the number: what is the same for a whole series. Its last field's value is left out. */
    public String series(Parts parts) {
        StringBuilder series = new StringBuilder();
        for (Piece piece : pieces) {
            series.append(piece.separator());
            if (!piece.field().isNumber()) {
                series.append(value(piece, parts));
            }
        }
        return series.toString();
    }

    /**
     * The code.
     *
     * @throws IllegalArgumentException if a value is not of its field's form: ask {@link Field#admits} first
     */
    public String format(Parts parts) {
        StringBuilder code = new StringBuilder();
        for (Piece piece : pieces) {
            String value = value(piece, parts);
            if (!piece.field().admits(value)) {
                throw new IllegalArgumentException(piece.field() + " cannot be \"" + value + "\"");
            }
            code.append(piece.separator()).append(value);
        }
        return code.append(tail).toString();
    }

    private static String value(Piece piece, Parts parts) {
        return switch (piece.field()) {
            case FONDS -> parts.fonds();
            case CATEGORY -> parts.category();
            case YEAR -> String.valueOf(parts.year());
            case RETENTION -> parts.retention();
            case ORGANISATION -> parts.organisation();
            case VOLUME -> number(parts.volumeNo(), piece.digits());
            case ITEM -> number(parts.itemNo(), piece.digits());
        };
    }

    private static String number(int number, int digits) {
        return String.format(Locale.ROOT, "%0" + digits + "d", number);
    }

    /** Reads a code; empty if it is not one of this pattern, written exactly as {@link #format} writes it. */
    public Optional<Parts> parse(String code) {
        if (code.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        Matcher matcher = reader.matcher(code);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int volume = 0;
        int item = 0;
        for (Piece piece : pieces) {
            if (piece.field().isNumber()) {
                Optional<Integer> number =
                        canonical(matcher.group(piece.field().name().toLowerCase(Locale.ROOT)), piece.digits());
                if (number.isEmpty()) {
                    return Optional.empty();
                }
                if (piece.field() == Field.VOLUME) {
                    volume = number.get();
                } else {
                    item = number.get();
                }
            }
        }
        return Optional.of(new Parts(
                matcher.group("fonds"),
                matcher.group("category"),
                Integer.parseInt(matcher.group("year")),
                matcher.group("retention"),
                matcher.group("organisation"),
                volume,
                item));
    }

    /** A number from 1, with as many digits as it needs or {@code digits}, whichever is more. */
    private static Optional<Integer> canonical(String text, int digits) {
        if (text.isEmpty() || text.length() > MAX_DIGITS || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        int number = Integer.parseInt(text);
        return number > 0 && number(number, digits).equals(text) ? Optional.of(number) : Optional.empty();
    }

    /** As it was set. */
    @Override
    public String toString() {
        return text;
    }
}
