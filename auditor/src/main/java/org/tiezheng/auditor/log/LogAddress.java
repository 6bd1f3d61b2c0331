package org.tiezheng.auditor.log;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.Tile;
import org.tiezheng.evidence.time.http.LimitedBody;

/**
 * A log served over HTTP. Every answer has a limit in bytes and in time; what may be a passing failure is tried {@value
 * #TRIES} times. Redirects are not followed: the address is what the auditor was given.
 */
final class LogAddress implements LogFiles {
    private static final int TRIES = 3;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration WHOLE = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final URI root;
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    LogAddress(URI root) {
        if (root.getHost() == null || root.getRawQuery() != null || root.getRawFragment() != null) {
            throw new IllegalArgumentException("not the address of a log: " + root);
        }
        this.root = root;
    }

    @Override
    public byte[] checkpoint() throws IOException {
        return fetch("checkpoint", Checkpoint.MAX_BYTES);
    }

    @Override
    public byte[] read(Tile tile) throws IOException {
        return fetch(tile.path(), LogTree.MAX_TILE_BYTES);
    }

    private byte[] fetch(String path, int maxBytes) throws IOException {
        URI address = root.resolve(path);
        for (int attempt = 1; ; attempt++) {
            String failure;
            IOException cause = null;
            try {
                HttpResponse<byte[]> answer = get(address, maxBytes);
                if (answer.statusCode() == 200) {
                    return answer.body();
                }
                if (answer.statusCode() == 404 || answer.statusCode() == 410) {
                    throw new NoSuchFileException(address.toString());
                }
                failure = address + " answers " + answer.statusCode();
                if (answer.statusCode() < 500 && answer.statusCode() != 429) {
                    throw new IOException(failure);
                }
            } catch (NoSuchFileException final_) {
                throw final_;
            } catch (IOException e) {
                String said = e.getMessage();
                failure = said == null ? address.toString() : address + ": " + said;
                cause = e;
            }
            if (attempt == TRIES) {
                throw new IOException(failure, cause);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private HttpResponse<byte[]> get(URI address, int maxBytes) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(address).timeout(WHOLE).build();
        // The request's timeout ends with the head of the answer; a body that drips is cut off here.
        CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request, head -> new LimitedBody(maxBytes));
        try {
            return answer.get(WHOLE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause instanceof IOException io ? io : new IOException(String.valueOf(cause), cause);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException("no whole answer within " + WHOLE, e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public String place() {
        return root.toString();
    }
}
