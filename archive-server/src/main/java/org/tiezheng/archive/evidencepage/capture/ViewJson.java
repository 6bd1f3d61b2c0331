package org.tiezheng.archive.evidencepage.capture;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Reads JSON that nobody vouches for into view records. Repeated keys, deep nesting and more than 32 MiB are refused; keys that are
 * not known are skipped; every text is made fit to be shown ({@link Shown}) as it is read, so that no record holds another.
 */
final class ViewJson {
    /** capture.json of a busy machine has 600 kB; connections.json of 2,000 connections some MB. */
    private static final long MAX_BYTES = 32L << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxStringLength(4 << 20)
                            .maxNumberLength(40)
                            .maxDocumentLength(MAX_BYTES)
                            .build())
                    .build())
            .addModule(new SimpleModule().addDeserializer(String.class, new ShownText()))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ViewJson() {}

    /**
     * Reads one JSON object; closes {@code in}.
     *
     * @param name of the file, for the message
     * @throws IOException if the store fails, not for what the text is
     */
    static <T> T read(InputStream in, String name, Class<T> type) throws UnreadableFileException, IOException {
        try (in) {
            // Read here, so that a store that fails is told apart from text that is wrong.
            byte[] bytes = in.readNBytes((int) MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new UnreadableFileException(name + " has more than " + MAX_BYTES + " bytes");
            }
            return read(bytes, name, type);
        }
    }

    static <T> T read(byte[] json, String name, Class<T> type) throws UnreadableFileException {
        @Nullable T value;
        try {
            value = MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw new UnreadableFileException(name + " is not as its format prescribes", e);
        }
        if (value == null) {
            throw new UnreadableFileException(name + " is empty");
        }
        return value;
    }

    /**
     * The next line without its end; null after the last.
     *
     * @throws UnreadableFileException if it has more than {@code most} bytes
     */
    static byte @Nullable [] line(InputStream in, String name, int most) throws UnreadableFileException, IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        if (b < 0) {
            return null;
        }
        while (b >= 0 && b != '\n') {
            if (line.size() == most) {
                throw new UnreadableFileException(name + ": a line has more than " + most + " bytes");
            }
            line.write(b);
            b = in.read();
        }
        return line.toByteArray();
    }

    /** A copy without nulls, at most {@code max} long. */
    static <T> List<T> list(@Nullable List<T> list, int max) {
        return list == null
                ? List.of()
                : list.stream().filter(java.util.Objects::nonNull).limit(max).toList();
    }

    static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static final class ShownText extends StdDeserializer<String> {
        ShownText() {
            super(String.class);
        }

        @Override
        public @Nullable String deserialize(JsonParser json, DeserializationContext context) {
            if (json.currentToken() == JsonToken.VALUE_STRING) {
                return Shown.text(json.getString());
            }
            return (String) context.handleUnexpectedToken(String.class, json);
        }
    }
}
