package org.tiezheng.capture.browser;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A small web site on loopback: pages of text, and some that misbehave. */
final class Site implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final Map<String, String> pages = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> userAgents = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);

    Site() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 100);
        server.setExecutor(workers);
        server.createContext("/", this::serve);
        server.start();
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** A page of UTF-8 HTML. */
    Site page(String path, String html) {
        pages.put(path, html);
        return this;
    }

    List<String> asked() {
        return List.copyOf(asked);
    }

    List<String> userAgents() {
        return List.copyOf(userAgents);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        asked.add(path);
        userAgents.add(String.valueOf(exchange.getRequestHeaders().getFirst("User-Agent")));
        try (exchange) {
            switch (path) {
                case "/never" -> waitForClose();
                case "/unending" -> unending(exchange);
                case "/redirect" -> {
                    exchange.getResponseHeaders().set("Location", "/");
                    exchange.sendResponseHeaders(302, -1);
                }
                case "/secret" -> {
                    String sent = exchange.getRequestHeaders().getFirst("Authorization");
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"test\"");
                    send(exchange, sent == null ? 401 : 200, "text/html; charset=utf-8", "<p>login, please");
                }
                case "/file.zip" -> {
                    exchange.getResponseHeaders().set("Content-Disposition", "attachment; filename=file.zip");
                    send(exchange, 200, "application/zip", "PK".repeat(1000));
                }
                case "/broken.png" -> send(exchange, 200, "image/png", "not an image");
                case "/worker.js" -> send(exchange, 200, "text/javascript", pages.getOrDefault(path, ""));
                default -> {
                    String html = pages.get(path);
                    if (html == null) {
                        send(exchange, 404, "text/html; charset=utf-8", "<title>404</title>no such page");
                    } else {
                        send(exchange, 200, "text/html; charset=utf-8", html);
                    }
                }
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private void unending(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        out.write(("<title>unending</title><h1>还没完</h1>" + " ".repeat(2000)).getBytes(StandardCharsets.UTF_8));
        out.flush();
        waitForClose();
    }

    private void waitForClose() {
        try {
            if (!closing.await(120, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the site was never closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        workers.shutdownNow();
    }
}
