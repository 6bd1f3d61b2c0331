package org.tiezheng.evidence.register;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The lines of a register, without their ends: one spelling for each. */
final class RegisterLines {
    /** What a line may have: addresses, titles and names of 8,000 characters each fit, in whatever spelling. */
    static final int MAX_BYTES = 1 << 21;

    private static final String TYPE = "tiezheng-register";
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private RegisterLines() {}

    static byte[] head(RegisterHead head) {
        return bytes(JSON.createObjectNode()
                .put("v", 1)
                .put("type", TYPE)
                .put("id", head.id().toString())
                .put("at", head.at().toString())
                .put("origin", head.origin())
                .put("entries", head.entries())
                .put("events", head.events())
                .put("eventHash", head.eventHash()));
    }

    static byte[] row(RegisterRow row) {
        ObjectNode line = JSON.createObjectNode()
                .put("row", row.number())
                .put("id", row.id().toString());
        row.fields().forEach((field, value) -> line.put(field.word(), value));
        return bytes(line);
    }

    static byte[] mark(ChainMark mark) {
        return bytes(JSON.createObjectNode()
                .put("event", mark.event())
                .put("hash", mark.hash())
                .put("chain", mark.chain()));
    }

    static byte[] end(long rows, long marks) {
        return bytes(JSON.createObjectNode().put("rows", rows).put("marks", marks));
    }

    private static byte[] bytes(ObjectNode line) {
        return JSON.writeValueAsString(line).getBytes(StandardCharsets.UTF_8);
    }

    static RegisterHead parseHead(byte[] line) throws MalformedRegisterException {
        JsonNode json = parse(line);
        try {
            RegisterHead head = new RegisterHead(
                    UUID.fromString(json.path("id").asString("")),
                    Instant.parse(json.path("at").asString("")),
                    json.path("origin").asString(""),
                    json.path("entries").asLong(-1),
                    json.path("events").asLong(-1),
                    json.path("eventHash").asString(""));
            same(line, head(head));
            return head;
        } catch (IllegalArgumentException | DateTimeException | JacksonException e) {
            throw new MalformedRegisterException("not the first line of a register", e);
        }
    }

    static boolean isRow(byte[] line) {
        return startsWith(line, "{\"row\":");
    }

    static boolean isMark(byte[] line) {
        return startsWith(line, "{\"event\":");
    }

    private static boolean startsWith(byte[] line, String text) {
        byte[] start = text.getBytes(StandardCharsets.US_ASCII);
        return line.length >= start.length && Arrays.equals(line, 0, start.length, start, 0, start.length);
    }

    static RegisterRow parseRow(byte[] line) throws MalformedRegisterException {
        JsonNode json = parse(line);
        try {
            Map<RegisterField, String> fields = new EnumMap<>(RegisterField.class);
            for (Map.Entry<String, JsonNode> member : json.properties()) {
                RegisterField field = RegisterField.ofWord(member.getKey()).orElse(null);
                if (field != null) {
                    fields.put(field, member.getValue().asString());
                }
            }
            RegisterRow row = new RegisterRow(
                    json.path("row").asLong(-1), UUID.fromString(json.path("id").asString("")), fields);
            same(line, row(row));
            return row;
        } catch (IllegalArgumentException | JacksonException e) {
            throw new MalformedRegisterException("not the row of a register", e);
        }
    }

    static ChainMark parseMark(byte[] line) throws MalformedRegisterException {
        JsonNode json = parse(line);
        try {
            ChainMark mark = new ChainMark(
                    json.path("event").asLong(-1),
                    json.path("hash").asString(""),
                    json.path("chain").asString(""));
            same(line, mark(mark));
            return mark;
        } catch (IllegalArgumentException | JacksonException e) {
            throw new MalformedRegisterException("not the mark of an event", e);
        }
    }

    private static JsonNode parse(byte[] line) throws MalformedRegisterException {
        try {
            return JSON.readTree(line);
        } catch (JacksonException e) {
            throw new MalformedRegisterException("a line that is no JSON", e);
        }
    }

    /** One spelling: no blanks, no other order, nothing unknown. */
    private static void same(byte[] line, byte[] again) throws MalformedRegisterException {
        if (!Arrays.equals(line, again)) {
            throw new MalformedRegisterException("a line in another spelling");
        }
    }
}
