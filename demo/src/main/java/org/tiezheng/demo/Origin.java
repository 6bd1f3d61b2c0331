package org.tiezheng.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.RateControl;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.jspecify.annotations.Nullable;

/**
 * A server on loopback that notes what it sent: one {@link SentExchange} per request, with the digest of every
 * body. Tests compare a capture with these notes, exchange by exchange.
 *
 * <p>All listeners serve the same {@link Site}; they differ in protocol and certificate. WebSocket: {@code /ws/echo} on every
 * listener sends each message back. Thread-safe.
 */
public final class Origin implements AutoCloseable {
    /** Names of the listeners, by what they speak. */
    public enum Listener {
        /** HTTPS, HTTP/2 and HTTP/1.1 by ALPN, TLS 1.3 and 1.2. */
        HTTPS_H2("https-h2", true),
        /** HTTPS, HTTP/1.1 only. */
        HTTPS_H1("https-h1", true),
        /** HTTPS, HTTP/1.1, TLS 1.2 only, RSA certificate. */
        HTTPS_TLS12("https-tls12", true),
        /** HTTPS, HTTP/2, ChaCha20-Poly1305 suites only. */
        HTTPS_CHACHA("https-chacha", true),
        /** HTTPS with a certificate that ended a week ago. */
        HTTPS_EXPIRED("https-expired", true),
        /** HTTPS with a certificate nobody vouches for. */
        HTTPS_SELF_SIGNED("https-self-signed", true),
        /** HTTPS with a certificate for another name. */
        HTTPS_WRONG_HOST("https-wrong-host", true),
        /** Plain HTTP/1.1. */
        HTTP("http", false);

        private final String label;
        private final boolean secure;

        Listener(String label, boolean secure) {
            this.label = label;
            this.secure = secure;
        }

        /** Name in the truth log. */
        public String label() {
            return label;
        }
    }

    private static final Duration STOP = Duration.ofSeconds(2);

    private final Server server;
    private final Map<Listener, ServerConnector> connectors = new LinkedHashMap<>();
    private final List<SentExchange> sent = new CopyOnWriteArrayList<>();
    private final List<String> spkiPins = new ArrayList<>();
    private final X509Certificate authority;

    private Origin(Site site, Map<Listener, Integer> ports, Clock clock) throws GeneralSecurityException, IOException {
        QueuedThreadPool threads = new QueuedThreadPool(200, 8);
        threads.setDaemon(true);
        threads.setName("origin");
        server = new Server(threads);
        OriginCertificates certificates = new OriginCertificates(clock);
        authority = certificates.authority();
        for (Map.Entry<Listener, Integer> entry : ports.entrySet()) {
            ServerConnector connector = connector(entry.getKey(), certificates);
            connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
            connector.setPort(entry.getValue());
            connector.setName(entry.getKey().label());
            connector.setIdleTimeout(Duration.ofMinutes(5).toMillis());
            connectors.put(entry.getKey(), connector);
            server.addConnector(connector);
        }
        WebSocketUpgradeHandler sockets = WebSocketUpgradeHandler.from(server, container -> {
            container.setMaxTextMessageSize(1 << 20);
            container.setMaxBinaryMessageSize(1 << 20);
            container.addMapping("/ws/echo", (request, response, callback) -> new Echo());
        });
        sockets.setHandler(new Answers(site));
        server.setHandler(sockets);
        server.setStopTimeout(STOP.toMillis());
    }

    /** Starts all listeners on random ports. */
    public static Origin start(Site site) throws IOException {
        Map<Listener, Integer> ports = new LinkedHashMap<>();
        for (Listener listener : Listener.values()) {
            ports.put(listener, 0);
        }
        return start(site, ports);
    }

    /** Starts the given listeners; port 0 means a random one. */
    public static Origin start(Site site, Map<Listener, Integer> ports) throws IOException {
        try {
            Origin origin = new Origin(site, ports, Clock.systemUTC());
            origin.server.start();
            return origin;
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the origin did not start: " + e.getMessage(), e);
        }
    }

    /** {@code https://localhost:<port>}, without a slash at the end. */
    public String url(Listener listener) {
        return (listener.secure ? "https" : "http") + "://localhost:" + port(listener);
    }

    public int port(Listener listener) {
        ServerConnector connector = connectors.get(listener);
        if (connector == null) {
            throw new IllegalArgumentException("not started: " + listener);
        }
        return connector.getLocalPort();
    }

    /** Pins of the good certificates, for a browser that shall take them as trusted. */
    public List<String> spkiPins() {
        return List.copyOf(spkiPins);
    }

    /** PEM of the authority behind the good certificates. */
    public String authorityPem() throws IOException {
        return OriginCertificates.pem(authority);
    }

    /** What was sent so far, in order of completion. */
    public List<SentExchange> sent() {
        return List.copyOf(sent);
    }

    /** Forgets what was sent. */
    public void forget() {
        sent.clear();
    }

    /** Blocks until the origin is stopped. */
    public void join() throws InterruptedException {
        server.join();
    }

    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("the origin did not stop: " + e.getMessage(), e);
        }
    }

    private ServerConnector connector(Listener listener, OriginCertificates certificates)
            throws GeneralSecurityException, IOException {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(64 << 10);
        configuration.setResponseHeaderSize(64 << 10);
        if (!listener.secure) {
            return new ServerConnector(server, new HttpConnectionFactory(configuration));
        }
        SecureRequestCustomizer secure = new SecureRequestCustomizer();
        secure.setSniHostCheck(false);
        configuration.addCustomizer(secure);
        SslContextFactory.Server tls = new SslContextFactory.Server();
        KeyStore store = switch (listener) {
            case HTTPS_EXPIRED -> certificates.expired("localhost", "127.0.0.1");
            case HTTPS_SELF_SIGNED -> certificates.selfSigned("localhost");
            case HTTPS_WRONG_HOST -> certificates.valid("EC", "other.example");
            case HTTPS_TLS12 -> certificates.valid("RSA", "localhost", "*.localhost", "127.0.0.1");
            default -> certificates.valid("EC", "localhost", "*.localhost", "127.0.0.1");
        };
        switch (listener) {
            case HTTPS_EXPIRED, HTTPS_SELF_SIGNED, HTTPS_WRONG_HOST -> {}
            default -> spkiPins.add(OriginCertificates.spkiPin(store));
        }
        tls.setKeyStore(store);
        tls.setKeyStorePassword(new String(OriginCertificates.PASSWORD));
        tls.setCertAlias("origin");
        if (listener == Listener.HTTPS_TLS12) {
            tls.setIncludeProtocols("TLSv1.2");
        }
        if (listener == Listener.HTTPS_CHACHA) {
            tls.setIncludeCipherSuites(".*CHACHA20.*");
        }
        HttpConnectionFactory http1 = new HttpConnectionFactory(configuration);
        List<ConnectionFactory> factories = new ArrayList<>();
        if (listener == Listener.HTTPS_H1 || listener == Listener.HTTPS_TLS12) {
            factories.add(new SslConnectionFactory(tls, http1.getProtocol()));
        } else {
            ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
            alpn.setDefaultProtocol(http1.getProtocol());
            factories.add(new SslConnectionFactory(tls, alpn.getProtocol()));
            factories.add(alpn);
            HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(configuration);
            http2.setMaxConcurrentStreams(200);
            // Chromium reprioritises a page of 300 images faster than Jetty's guard against floods allows.
            http2.setRateControlFactory(new RateControl.Factory() {});
            factories.add(http2);
        }
        factories.add(http1);
        return new ServerConnector(server, factories.toArray(ConnectionFactory[]::new));
    }

    /** Runs the site on a thread of the pool and notes the truth. */
    private final class Answers extends Handler.Abstract {
        private final Site site;

        Answers(Site site) {
            this.site = site;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            Visit visit = new Visit(request, response);
            Throwable failure = null;
            try {
                if (!site.serve(visit)) {
                    visit.status(404);
                    visit.html("<!doctype html><meta charset=utf-8><title>404</title><h1>没有这个页面</h1>");
                }
                visit.finish();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = e;
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
            String listener = String.valueOf(
                    request.getConnectionMetaData().getConnector().getName());
            sent.add(visit.truth(listener, failure == null));
            if (failure == null) {
                callback.succeeded();
            } else {
                callback.failed(failure);
            }
            return true;
        }
    }

    /** Sends every message back. */
    public static final class Echo implements Session.Listener.AutoDemanding {
        private @Nullable Session session;

        @Override
        public void onWebSocketOpen(Session opened) {
            session = opened;
        }

        @Override
        public void onWebSocketText(String message) {
            Session open = session;
            if (open != null) {
                open.sendText(message, org.eclipse.jetty.websocket.api.Callback.NOOP);
            }
        }

        @Override
        public void onWebSocketBinary(java.nio.ByteBuffer payload, org.eclipse.jetty.websocket.api.Callback callback) {
            Session open = session;
            if (open == null) {
                callback.succeed();
            } else {
                open.sendBinary(payload, callback);
            }
        }
    }
}
