package org.tiezheng.evidence.warc;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.wire.http.Exchange;
import org.tiezheng.evidence.wire.http.Truncation;
import org.tiezheng.evidence.wire.http.WireMessage;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * One exchange, as much of it as is needed to find its counterpart in the browser's journal.
 *
 * @param conversation number of the TCP connection
 * @param exchange number of the request in it
 * @param stream HTTP/2 stream identifier; 0 for HTTP/1
 * @param protocol {@code http/1.1}, {@code h2} …
 * @param url absolute URI of the request
 * @param status 0 if no response came
 * @param requestFirst when the first byte of the request passed, UTC
 * @param requestLast when its last byte passed
 * @param responseFirst null if no response came
 * @param responseLast null if no response came
 * @param requestBodyBytes entity body without transfer coding, content coding kept
 * @param responseBodyBytes the same; 0 if no response came
 * @param responsePayloadDigest {@code sha256:<hex>} of that body; null if no response came
 * @param requestTruncated word of WARC-Truncated; null if whole
 * @param responseTruncated word of WARC-Truncated; null if whole or if no response came
 */
public record ExchangeLine(
        int conversation,
        int exchange,
        int stream,
        String protocol,
        String method,
        String url,
        int status,
        Instant requestFirst,
        Instant requestLast,
        @Nullable Instant responseFirst,
        @Nullable Instant responseLast,
        long requestBodyBytes,
        long responseBodyBytes,
        @Nullable String responsePayloadDigest,
        @Nullable String requestTruncated,
        @Nullable String responseTruncated) {
    static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** Takes exchanges one by one. */
    @FunctionalInterface
    public interface Visitor {
        void exchange(ExchangeLine line) throws IOException;
    }

    static ExchangeLine of(Exchange exchange) {
        WireMessage request = exchange.request();
        WireMessage response = exchange.response();
        return new ExchangeLine(
                exchange.conversation().number(),
                exchange.number(),
                exchange.stream(),
                exchange.protocol(),
                exchange.method(),
                exchange.targetUri(),
                exchange.status(),
                request.first(),
                request.last(),
                response == null ? null : response.first(),
                response == null ? null : response.last(),
                request.payloadBytes(),
                response == null ? 0 : response.payloadBytes(),
                response == null ? null : response.payloadDigest().toString(),
                word(request.truncated()),
                response == null ? null : word(response.truncated()));
    }

    private static @Nullable String word(@Nullable Truncation truncation) {
        return truncation == null ? null : truncation.word();
    }

    static void readAll(Path file, Visitor visitor) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            String line;
            while ((line = lines.readLine()) != null) {
                ExchangeLine exchange;
                try {
                    exchange = MAPPER.readValue(line, ExchangeLine.class);
                } catch (JacksonException e) {
                    throw new IOException("not a line that a derivation wrote: " + file, e);
                }
                visitor.exchange(exchange);
            }
        }
    }
}
