package org.tiezheng.archive.filing;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The least that follows docs/capture.schema.json, made from the schema itself; single values can be given. */
final class SchemaSample {
    private final JsonNode schema;
    private final Map<String, Object> given;

    private SchemaSample(JsonNode schema, Map<String, Object> given) {
        this.schema = schema;
        this.given = given;
    }

    /** @param given by path, {@code target/title}; a {@link JsonNode} or a text */
    static ObjectNode make(Map<String, Object> given) throws IOException {
        try (InputStream in =
                SchemaSample.class.getResourceAsStream("/org/tiezheng/capture/record/capture.schema.json")) {
            JsonNode schema = JsonMapper.shared().readTree(in);
            return (ObjectNode) new SchemaSample(schema, given).of(schema, "");
        }
    }

    private JsonNode of(JsonNode node, String path) {
        Object value = given.get(path);
        if (value instanceof JsonNode json) {
            return json;
        }
        if (value != null) {
            return JsonMapper.shared().valueToTree(value);
        }
        JsonNode reference = node.path("$ref");
        if (reference.isString()) {
            return of(schema.at(reference.asString().substring(1)), path);
        }
        if (node.has("const")) {
            return node.get("const");
        }
        if (node.has("enum")) {
            return node.get("enum").get(0);
        }
        return switch (node.path("type").asString("string")) {
            case "object" -> object(node, path);
            case "array" -> JsonMapper.shared().createArrayNode();
            case "integer", "number" ->
                JsonMapper.shared().valueToTree(node.path("minimum").asInt(0));
            case "boolean" -> JsonMapper.shared().valueToTree(false);
            default -> JsonMapper.shared().valueToTree(text(node));
        };
    }

    private ObjectNode object(JsonNode node, String path) {
        ObjectNode object = JsonMapper.shared().createObjectNode();
        for (Map.Entry<String, JsonNode> property : node.path("properties").properties()) {
            String below = path.isEmpty() ? property.getKey() : path + "/" + property.getKey();
            boolean required = false;
            for (JsonNode name : node.path("required")) {
                required |= name.asString().equals(property.getKey());
            }
            if (required || given.keySet().stream().anyMatch(key -> (key + "/").startsWith(below + "/"))) {
                object.set(property.getKey(), of(property.getValue(), below));
            }
        }
        return object;
    }

    private static String text(JsonNode node) {
        if (node.path("format").asString("").equals("date-time")) {
            return "2026-11-21T07:59:00.000000Z";
        }
        String pattern = node.path("pattern").asString("");
        if (pattern.contains("{64}")) {
            return "0".repeat(64);
        }
        return node.path("format").asString("").equals("uuid") ? "00000000-0000-4000-8000-000000000000" : "x";
    }

    static ArrayNode array() {
        return JsonMapper.shared().createArrayNode();
    }
}
