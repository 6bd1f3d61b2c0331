package org.tiezheng.capture.browser.cdp;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON as the DevTools protocol needs it: small objects built from name and value pairs, safe reading of members. */
public final class Json {
    /** Strings may be as long as a message; the message itself is bounded by {@link CdpConnection}. */
    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(500)
                    .build())
            .build();

    public static final JsonMapper MAPPER = JsonMapper.builder(FACTORY).build();

    private Json() {}

    /**
     * An object from name, value, name, value …; a value is a String, Boolean, Integer, Long, Double or JsonNode.
     *
     * @throws IllegalArgumentException on an odd count or another type
     */
    public static ObjectNode object(Object... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("a name without a value");
        }
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            String name = (String) namesAndValues[i];
            Object value = namesAndValues[i + 1];
            if (value instanceof String s) {
                node.put(name, s);
            } else if (value instanceof Boolean b) {
                node.put(name, b);
            } else if (value instanceof Integer n) {
                node.put(name, n);
            } else if (value instanceof Long n) {
                node.put(name, n);
            } else if (value instanceof Double d) {
                node.put(name, d);
            } else if (value instanceof JsonNode n) {
                node.set(name, n);
            } else {
                throw new IllegalArgumentException("no JSON form for " + value.getClass());
            }
        }
        return node;
    }

    /** The text of a member, or "" when it is absent or not a string. */
    public static String text(JsonNode node, String name) {
        JsonNode value = node.get(name);
        return value != null && value.isString() ? value.stringValue() : "";
    }

    /** The text of a member, or null when it is absent, not a string, or empty. */
    public static @Nullable String textOrNull(JsonNode node, String name) {
        String text = text(node, name);
        return text.isEmpty() ? null : text;
    }

    /** The number in a member, or {@code otherwise} when there is none. */
    public static double number(JsonNode node, String name, double otherwise) {
        JsonNode value = node.get(name);
        return value != null && value.isNumber() ? value.asDouble() : otherwise;
    }

    /** The whole number in a member, or {@code otherwise} when there is none. */
    public static long integer(JsonNode node, String name, long otherwise) {
        JsonNode value = node.get(name);
        return value != null && value.isNumber() ? (long) value.asDouble() : otherwise;
    }

    /** True only if the member is there and true. */
    public static boolean flag(JsonNode node, String name) {
        JsonNode value = node.get(name);
        return value != null && value.isBoolean() && value.booleanValue();
    }

    /** The member, or an empty object when it is absent. */
    public static JsonNode child(JsonNode node, String name) {
        JsonNode value = node.get(name);
        return value == null ? JsonNodeFactory.instance.objectNode() : value;
    }
}
