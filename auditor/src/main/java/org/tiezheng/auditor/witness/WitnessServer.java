package org.tiezheng.auditor.witness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.AddCheckpoint;
import org.tiezheng.evidence.log.Checkpoint;

/**
 * The witness over HTTP, on an address that a reverse proxy with TLS stands before.
 *
 * <pre>
 * POST /add-checkpoint              C2SP tlog-witness
 * GET  /                            name, verifier keys and logs, as text
 * GET  /checkpoint/SHA-256(origin)  the last checkpoint it cosigned of that log, for comparing
 * </pre>
 *
 * <p>Requests are limited in size and time; too many at once get 503.
 */
public final class WitnessServer implements AutoCloseable {
    private static final int THREADS = 8;
    private static final int WAITING = 100;
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int REQUEST_SECONDS = 30;

    private final Witness witness;
    private final BiConsumer<Integer, Checkpoint> answered;
    private final HttpServer server;
    private final ThreadPoolExecutor threads;

    private WitnessServer(
            Witness witness, BiConsumer<Integer, Checkpoint> answered, HttpServer server, ThreadPoolExecutor threads) {
        this.witness = witness;
        this.answered = answered;
        this.server = server;
        this.threads = threads;
    }

    /**
     * Starts it.
     *
     * @param address port 0 for any
     * @param answered told of each answer about a checkpoint that a known log signed: status and checkpoint
     */
    public static WitnessServer start(
            Witness witness, InetSocketAddress address, BiConsumer<Integer, Checkpoint> answered) throws IOException {
        // The JDK's server has these limits as properties only; without them a slow client keeps a thread for ever.
        limit("sun.net.httpserver.maxReqTime");
        limit("sun.net.httpserver.maxRspTime");
        HttpServer server = HttpServer.create(address, WAITING);
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS, THREADS, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(WAITING), task -> {
                    Thread thread = new Thread(task, "witness");
                    thread.setDaemon(true);
                    return thread;
                });
        WitnessServer started = new WitnessServer(witness, answered, server, threads);
        server.setExecutor(threads);
        server.createContext("/", started::handle);
        server.start();
        return started;
    }

    private static void limit(String property) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, String.valueOf(REQUEST_SECONDS));
        }
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            boolean isPost = exchange.getRequestMethod().equals("POST");
            if (isPost && path.equals("/" + AddCheckpoint.PATH)) {
                add(exchange);
            } else if (!exchange.getRequestMethod().equals("GET")) {
                send(exchange, 405, TEXT, "GET, or POST to /add-checkpoint\n".getBytes(StandardCharsets.US_ASCII));
            } else if (path.equals("/")) {
                send(exchange, 200, TEXT, page().getBytes(StandardCharsets.UTF_8));
            } else if (path.startsWith("/checkpoint/")) {
                checkpoint(exchange, path.substring("/checkpoint/".length()));
            } else {
                send(exchange, 404, TEXT, "nothing here\n".getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    private void add(HttpExchange exchange) throws IOException {
        byte[] body;
        try (InputStream in = exchange.getRequestBody()) {
            body = in.readNBytes(AddCheckpoint.MAX_BYTES + 1);
        }
        if (body.length > AddCheckpoint.MAX_BYTES) {
            send(exchange, 413, TEXT, "too large\n".getBytes(StandardCharsets.US_ASCII));
            return;
        }
        Witness.Answer answer;
        try {
            answer = witness.add(body);
        } catch (IOException notDurable) {
            send(exchange, 500, TEXT, "not cosigned: its disk does not answer\n".getBytes(StandardCharsets.US_ASCII));
            return;
        }
        Checkpoint checkpoint = answer.checkpoint();
        if (checkpoint != null) {
            answered.accept(answer.status(), checkpoint);
        }
        send(exchange, answer.status(), answer.status() == 409 ? AddCheckpoint.SIZE_TYPE : TEXT, answer.body());
    }

    private String page() {
        StringBuilder text = new StringBuilder(witness.name()).append("\n\n");
        witness.verifierKeys().forEach(key -> text.append(key).append('\n'));
        text.append('\n');
        witness.seen()
                .forEach(checkpoint -> text.append(checkpoint.origin())
                        .append(' ')
                        .append(checkpoint.size())
                        .append(" /checkpoint/")
                        .append(pathOf(checkpoint.origin()))
                        .append('\n'));
        return text.toString();
    }

    private void checkpoint(HttpExchange exchange, String wanted) throws IOException {
        for (Checkpoint checkpoint : witness.seen()) {
            if (pathOf(checkpoint.origin()).equals(wanted)) {
                send(exchange, 200, TEXT, checkpoint.toBytes());
                return;
            }
        }
        send(exchange, 404, TEXT, "no checkpoint of that log\n".getBytes(StandardCharsets.US_ASCII));
    }

    static String pathOf(String origin) {
        return Digest.of(Digest.Algorithm.SHA256, origin.getBytes(StandardCharsets.UTF_8))
                .hex();
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    /** Ends after the answers that are being given. */
    @Override
    public void close() {
        server.stop(1);
        threads.shutdown();
        try {
            if (!threads.awaitTermination(Duration.ofSeconds(5).toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
