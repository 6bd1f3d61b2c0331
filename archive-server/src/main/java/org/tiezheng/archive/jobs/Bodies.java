package org.tiezheng.archive.jobs;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.tiezheng.archive.web.Problem;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Bodies of requests: of limited size, and strict, since a misspelt field would silently be a default. */
final class Bodies {
    private static final JsonMapper STRICT = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private Bodies() {}

    /** @throws Problem 413 over the limit */
    static byte[] bytes(HttpServletRequest request, int mostBytes) throws IOException {
        byte[] bytes = request.getInputStream().readNBytes(mostBytes + 1);
        if (bytes.length > mostBytes) {
            throw Problem.of(HttpStatus.CONTENT_TOO_LARGE, "too-large");
        }
        return bytes;
    }

    /** @throws Problem 400 if the body is not the JSON of {@code type}, 413 over the limit */
    static <T> T json(HttpServletRequest request, Class<T> type, int mostBytes) throws IOException {
        @Nullable T value;
        try {
            value = STRICT.readValue(bytes(request, mostBytes), type);
        } catch (JacksonException e) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "bad-request").because(e);
        }
        if (value == null) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "bad-request");
        }
        return value;
    }
}
