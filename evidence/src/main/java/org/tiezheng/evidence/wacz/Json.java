package org.tiezheng.evidence.wacz;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON as this format writes it (two spaces, LF, UTF-8) and reads it from strangers (no repeated keys, no trailing text). */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(64).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final ObjectWriter INDENTED = MAPPER.writer()
            .with(new DefaultPrettyPrinter()
                    .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                    .withArrayIndenter(new DefaultIndenter("  ", "\n")));

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Several lines, the last one ended by LF. */
    static byte[] document(JsonNode node) {
        return (INDENTED.writeValueAsString(node) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** One line without its end. */
    static String line(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    /** @throws JacksonException if this is not one JSON value in UTF-8 */
    static JsonNode parse(byte[] json) {
        return MAPPER.readTree(json);
    }
}
