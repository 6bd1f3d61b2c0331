package org.tiezheng.archive.log;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.tiezheng.evidence.log.AddCheckpoint;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.time.http.LimitedBody;

/**
 * Asks a witness once. What the answer means for the log is {@link Witnesses}' business.
 *
 * <p>No redirect is followed, no more is read than an answer can have, and the limit of time covers the last byte. Source: C2SP
 * tlog-witness v1.0.0. Safe for use by many threads.
 */
final class WitnessClient {
    static final long NO_SIZE = -1;

    private static final Pattern SIZE = Pattern.compile("(0|[1-9][0-9]{0,17})\n");

    private final HttpClient client;
    private final Duration timeout;

    /** @param timeout for the whole exchange */
    WitnessClient(Duration timeout) {
        this.timeout = timeout;
        this.client = HttpClient.newBuilder()
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** What a witness said. */
    sealed interface Answer {
        /** 200: signature lines, of whatever keys; nothing is verified. */
        record Lines(List<Checkpoint.Line> lines) implements Answer {}

        /**
         * 409: it cosigned a tree of this size last; or of the size asked about, with another root: then it need not say the size
         * ({@link #NO_SIZE}).
         */
        record Conflict(long size) implements Answer {}

        /** 422: the tree does not continue the one it cosigned last. */
        record Inconsistent() implements Answer {}

        /** No usable answer. @param code stable word: {@code timeout}, {@code unreachable}, {@code malformed}, {@code http-NNN} */
        record Failed(String code) implements Answer {}
    }

    /** @param prefix submission prefix of the witness */
    Answer ask(URI prefix, AddCheckpoint request) throws InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> sent;
        try {
            HttpRequest post = HttpRequest.newBuilder(path(prefix))
                    .timeout(timeout)
                    .header("Content-Type", "text/plain; charset=utf-8")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(request.toBytes()))
                    .build();
            sent = client.sendAsync(post, info -> new LimitedBody(Checkpoint.MAX_BYTES));
        } catch (IllegalArgumentException noSuchAddress) {
            return new Answer.Failed("unreachable");
        }
        try {
            // HttpRequest.timeout ends with the headers; this limit covers the body too.
            return read(sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException late) {
            sent.cancel(true);
            return new Answer.Failed("timeout");
        } catch (ExecutionException e) {
            return new Answer.Failed(
                    e.getCause() instanceof java.net.http.HttpTimeoutException ? "timeout" : "unreachable");
        } catch (InterruptedException e) {
            sent.cancel(true);
            throw e;
        } catch (MalformedLogException e) {
            return new Answer.Failed("malformed");
        }
    }

    static URI path(URI prefix) {
        String text = prefix.toString();
        return URI.create(text + (text.endsWith("/") ? "" : "/") + AddCheckpoint.PATH);
    }

    private static Answer read(HttpResponse<byte[]> response) throws MalformedLogException {
        switch (response.statusCode()) {
            case 200 -> {
                return new Answer.Lines(AddCheckpoint.answer(response.body()));
            }
            case 409 -> {
                String body = new String(response.body(), StandardCharsets.ISO_8859_1);
                return new Answer.Conflict(SIZE.matcher(body).matches() ? Long.parseLong(body.strip()) : NO_SIZE);
            }
            case 422 -> {
                return new Answer.Inconsistent();
            }
            default -> {
                return new Answer.Failed("http-" + response.statusCode());
            }
        }
    }
}
