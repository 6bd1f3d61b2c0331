package org.tiezheng.archive;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.util.FileSystemUtils;
import org.tiezheng.archive.database.TestDatabase;

/**
 * The running server, for tests that need HTTP or the wiring: real Tomcat on a random port, real PostgreSQL, a data folder of its
 * own.
 *
 * <p>It is started once per test JVM and shared by all subclasses, in whatever order they run: a test makes its own accounts,
 * jobs and evidence and asserts about those only. Nothing in a subclass may change the context (no properties, no beans, no
 * profiles): a second context costs twenty seconds.
 */
@SpringBootTest(classes = Main.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
public abstract class ServerTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @LocalServerPort
    private int port;

    @DynamicPropertySource
    static void settings(DynamicPropertyRegistry registry) throws IOException {
        TestDatabase database = TestDatabase.create();
        String ownerPassword = database.ownerPassword();
        String appPassword = database.appPassword();
        Path data = Files.createTempDirectory("tiezheng-server-test");
        // After the server is closed, and before its database, which was there first.
        SpringApplication.getShutdownHandlers().add(() -> {
            if (!FileSystemUtils.deleteRecursively(data.toFile())) {
                System.err.println("data of the test server not removed: " + data);
            }
        });
        registry.add("tiezheng.data", data::toString);
        // All tests sign in from one address.
        registry.add("tiezheng.identity.sign-ins-per-minute", () -> "100000");
        registry.add("tiezheng.jobs.allow-hosts", () -> "localhost"); // the shops of the tests
        registry.add("tiezheng.agent.enabled", () -> false); // jobs wait for the agents of the tests
        registry.add("tiezheng.database.url", database::url);
        registry.add("tiezheng.database.owner-password", () -> ownerPassword);
        registry.add("tiezheng.database.app-password", () -> appPassword);
    }

    /** {@code http://127.0.0.1:PORT} plus the path. */
    protected URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** A plain GET without credentials. */
    protected HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    /** Sends without following redirects. */
    protected HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client().send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A client of its own, without cookies. */
    protected HttpClient client() {
        return HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    }
}
