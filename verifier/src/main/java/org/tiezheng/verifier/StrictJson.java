package org.tiezheng.verifier;

import java.io.InputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.trust.Texts;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads JSON that nobody vouches for, as a stream: repeated keys are errors, nesting and text lengths are
 * bounded, the tree is never in memory.
 */
final class StrictJson {
    private static final int MAX_DEPTH = 64;
    /** An address may have 2 MiB, in an index line twice. */
    private static final int MAX_TEXT_CHARS = 1 << 22;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_TEXT_CHARS)
                    .build())
            .build();

    private StrictJson() {}

    /** The text is not what it should be. The message is ours and safe to print. */
    static final class BadJsonException extends Exception {
        private static final long serialVersionUID = 1;

        BadJsonException(String message) {
            super(message);
        }
    }

    /** Reads the fields of one object, in the order of the text. */
    interface Fields {
        /** Called with the parser on the value of {@code name}; must leave it on the last token of that value. */
        void field(String name, JsonParser json) throws BadJsonException;
    }

    /**
     * Reads {@code in}, which must be one JSON object and nothing more.
     *
     * @throws BadJsonException if it is not, or {@code fields} throws it
     */
    static void object(InputStream in, Fields fields) throws BadJsonException {
        guarded(() -> {
            try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), in)) {
                document(json, fields);
            }
        });
    }

    /** As {@link #object(InputStream, Fields)}, of a text. */
    static void object(String text, Fields fields) throws BadJsonException {
        guarded(() -> {
            try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), text)) {
                document(json, fields);
            }
        });
    }

    private interface Reading {
        void run() throws BadJsonException;
    }

    private static void guarded(Reading reading) throws BadJsonException {
        try {
            reading.run();
        } catch (JacksonException e) {
            throw new BadJsonException("not JSON as this format allows it: " + Texts.printable(firstLine(e)));
        }
    }

    private static String firstLine(JacksonException e) {
        String message = String.valueOf(e.getOriginalMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    private static void document(JsonParser json, Fields fields) throws BadJsonException {
        json.nextToken();
        fieldsOf(json, fields);
        if (json.nextToken() != null) {
            throw new BadJsonException("text behind the JSON object");
        }
    }

    /** Reads the object the parser is on; leaves it on the closing brace. */
    static void fieldsOf(JsonParser json, Fields fields) throws BadJsonException {
        expect(json, JsonToken.START_OBJECT, "an object");
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            json.nextToken();
            fields.field(name, json);
        }
        expect(json, JsonToken.END_OBJECT, "the end of an object");
    }

    /** Reads the array the parser is on, item by item; leaves it on the closing bracket. */
    static void items(JsonParser json, Item item) throws BadJsonException {
        expect(json, JsonToken.START_ARRAY, "an array");
        while (json.nextToken() != JsonToken.END_ARRAY) {
            item.item(json);
        }
    }

    /** Called with the parser on an array item; must leave it on the item's last token. */
    interface Item {
        void item(JsonParser json) throws BadJsonException;
    }

    /** Skips the value the parser is on. */
    static void skip(JsonParser json) {
        json.skipChildren();
    }

    static String text(JsonParser json) throws BadJsonException {
        expect(json, JsonToken.VALUE_STRING, "a text");
        return json.getString();
    }

    /** Gives a text to {@code to}; skips a value of another kind. For facts, not for checks. */
    static void textIfAny(JsonParser json, Consumer<@Nullable String> to) {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            to.accept(json.getString());
        } else {
            json.skipChildren();
        }
    }

    /** A whole number from 0 to 2^63-1, written as a number or as the text of one. */
    static long wholeNumber(JsonParser json) throws BadJsonException {
        JsonToken token = json.currentToken();
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_STRING) {
            String digits = json.getString();
            if (digits.matches("[0-9]{1,18}")) {
                return Long.parseLong(digits);
            }
        }
        throw new BadJsonException("expected a whole number");
    }

    static void expect(JsonParser json, JsonToken wanted, String name) throws BadJsonException {
        if (json.currentToken() != wanted) {
            throw new BadJsonException("expected " + name);
        }
    }
}
