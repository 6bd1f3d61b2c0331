package org.tiezheng.evidence.time.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.tiezheng.evidence.OtherTools;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * A time-stamp authority without a line of our code: CA, TSA certificate, CRL and every answer come from the openssl
 * command line; the JDK's HTTP server hands them over on loopback.
 *
 * <p>{@code /tsa} answers time-stamp queries, {@code /ca.crl} is the CRL that the TSA's certificate names. Other paths are the
 * test's to add by {@link #on}.
 */
public final class ForeignAuthority implements AutoCloseable {
    private static final String CONFIG = """
            [ca]
            default_ca = foreign
            [foreign]
            database = index.txt
            crlnumber = crlnumber
            serial = serial
            new_certs_dir = .
            certificate = ca.pem
            private_key = ca.key
            default_md = sha256
            default_crl_days = 30
            policy = any
            [any]
            commonName = supplied
            [req]
            distinguished_name = dn
            prompt = no
            [dn]
            CN = Foreign root
            [root]
            basicConstraints = critical, CA:TRUE
            keyUsage = critical, keyCertSign, cRLSign
            subjectKeyIdentifier = hash
            [stamper]
            basicConstraints = CA:FALSE
            keyUsage = critical, digitalSignature
            extendedKeyUsage = critical, timeStamping
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid
            crlDistributionPoints = URI:http://127.0.0.1:%PORT%/ca.crl
            [tsa]
            default_tsa = service
            [service]
            dir = .
            serial = tsaserial
            crypto_device = builtin
            signer_cert = tsa.pem
            signer_key = tsa.key
            signer_digest = sha256
            default_policy = 1.2.3.4.1
            other_policies = 1.2.3.4.5
            digests = sha256, sha512
            accuracy = secs:1, millisecs:500
            ess_cert_id_alg = sha256
            """;

    private final Path folder;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    public ForeignAuthority(Path folder) throws IOException, InterruptedException {
        this.folder = Files.createDirectories(folder);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        Files.writeString(
                folder.resolve("tsa.cnf"),
                CONFIG.replace("%PORT%", String.valueOf(server.getAddress().getPort())));
        Files.writeString(folder.resolve("index.txt"), "");
        for (String counter : List.of("serial", "crlnumber", "tsaserial")) {
            Files.writeString(folder.resolve(counter), "01\n");
        }
        openssl(
                "req",
                "-x509",
                "-newkey",
                "rsa:3072",
                "-nodes",
                "-keyout",
                "ca.key",
                "-out",
                "ca.pem",
                "-days",
                "3650",
                "-config",
                "tsa.cnf",
                "-extensions",
                "root");
        openssl(
                "req",
                "-new",
                "-newkey",
                "rsa:3072",
                "-nodes",
                "-keyout",
                "tsa.key",
                "-out",
                "tsa.csr",
                "-subj",
                "/CN=Foreign time-stamp authority",
                "-config",
                "tsa.cnf");
        openssl(
                "ca",
                "-batch",
                "-config",
                "tsa.cnf",
                "-in",
                "tsa.csr",
                "-out",
                "tsa.pem",
                "-days",
                "365",
                "-notext",
                "-extensions",
                "stamper");
        publishCrl();
        on("/tsa", this::stamp);
        on("/ca.crl", exchange -> answer(exchange, 200, Files.readAllBytes(folder.resolve("ca.crl"))));
        server.start();
    }

    public TrustAnchors anchors() throws IOException {
        return TrustAnchors.ofFiles(List.of(folder.resolve("ca.pem")));
    }

    public Path root() {
        return folder.resolve("ca.pem");
    }

    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    public void on(String path, HttpHandler handler) {
        server.createContext(path, handler);
    }

    /** Revokes the TSA's certificate and publishes the CRL that says so. */
    public void revoke(String reason) throws IOException, InterruptedException {
        openssl("ca", "-config", "tsa.cnf", "-revoke", "tsa.pem", "-crl_reason", reason);
        publishCrl();
    }

    /** What {@code openssl ts -reply} answers to {@code query}. */
    public byte[] reply(byte[] query) throws IOException, InterruptedException {
        String name = UUID.randomUUID().toString();
        Path answer = folder.resolve(name + ".tsr");
        synchronized (this) { // openssl's serial file knows no locks
            Files.write(folder.resolve(name + ".tsq"), query);
            openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", name + ".tsq", "-out", name + ".tsr");
        }
        return Files.readAllBytes(answer);
    }

    static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void stamp(HttpExchange exchange) throws IOException {
        byte[] query = exchange.getRequestBody().readAllBytes();
        try {
            exchange.getResponseHeaders().set("Content-Type", "application/timestamp-reply");
            answer(exchange, 200, reply(query));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            exchange.close();
        }
    }

    private void publishCrl() throws IOException, InterruptedException {
        openssl("ca", "-config", "tsa.cnf", "-gencrl", "-out", "crl.pem");
        openssl("crl", "-in", "crl.pem", "-outform", "DER", "-out", "ca.crl");
    }

    private void openssl(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "openssl";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        OtherTools.run(folder, command).succeeded();
    }
}
