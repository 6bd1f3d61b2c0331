package org.tiezheng.capture.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.tiezheng.evidence.Digest;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Writes and reads {@code capture.json}: UTF-8, keys in the order of the records, two blanks of indent, times in UTC
 * with six fraction digits ({@code 2026-11-21T08:00:00.000000Z}), digests as 64 lower-case hex digits, keys without a
 * value left out. Same record, same bytes.
 */
public final class CaptureJson {
    private static final DateTimeFormatter UTC = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSSX", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final JsonMapper MAPPER = mapper();

    private CaptureJson() {}

    /** Writes and flushes; does not close {@code out}. */
    public static void write(CaptureRecord capture, OutputStream out) throws IOException {
        try {
            MAPPER.writeValue(out, capture);
            out.write('\n');
            out.flush();
        } catch (JacksonException e) {
            throw new IOException("cannot write capture.json", e);
        }
    }

    /** @throws IOException if the bytes are not a capture.json of this format; an unknown or repeated key is a fault too */
    public static CaptureRecord read(InputStream in) throws IOException {
        try {
            CaptureRecord capture = MAPPER.readValue(in, CaptureRecord.class);
            if (capture == null) {
                throw new IOException("not a capture.json: null");
            }
            return capture;
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException("not a capture.json: " + e.getMessage(), e);
        }
    }

    /** Time as the format writes it. */
    public static String time(Instant instant) {
        return UTC.format(instant);
    }

    /** Mapper with the rules of the format, for the small files that stand beside capture.json. */
    public static JsonMapper mapper() {
        SimpleModule texts = new SimpleModule("capture-json");
        texts.addSerializer(Instant.class, new ValueSerializer<>() {
            @Override
            public void serialize(Instant value, JsonGenerator json, SerializationContext context) {
                json.writeString(time(value));
            }
        });
        texts.addSerializer(Digest.class, new ValueSerializer<>() {
            @Override
            public void serialize(Digest value, JsonGenerator json, SerializationContext context) {
                json.writeString(value.hex());
            }
        });
        texts.addDeserializer(Digest.class, new DigestReader());
        texts.addSerializer(Step.Outcome.class, new ValueSerializer<>() {
            @Override
            public void serialize(Step.Outcome value, JsonGenerator json, SerializationContext context) {
                json.writeString(value.name().toLowerCase(Locale.ROOT));
            }
        });
        return JsonMapper.builder(JsonFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                        .build())
                .addModule(texts)
                .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                .enable(SerializationFeature.INDENT_OUTPUT)
                .disable(EnumFeature.READ_ENUMS_USING_TO_STRING)
                .disable(EnumFeature.WRITE_ENUMS_USING_TO_STRING)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
                .build();
    }

    /** A bare hex text does not say its algorithm: the key does. {@code sm3} keys are SM3, all others SHA-256. */
    private static final class DigestReader extends ValueDeserializer<Digest> {
        @Override
        public Digest deserialize(JsonParser json, DeserializationContext context) {
            String key = json.currentName();
            String hex = json.getString();
            if (hex == null || !Digest.isTextForm(hex)) {
                return (Digest) context.handleWeirdStringValue(
                        Digest.class, String.valueOf(hex), "not 64 lower-case hex digits");
            }
            return "sm3".equals(key) ? Digest.sm3(hex) : Digest.sha256(hex);
        }
    }
}
