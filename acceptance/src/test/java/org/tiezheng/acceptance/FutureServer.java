package org.tiezheng.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;
import org.tiezheng.archive.Main;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.command.Console;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.NewAccount;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.archive.records.RecordBatches;
import org.tiezheng.evidence.time.TimestampAuthority;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The whole archive server in this process, with its own PostgreSQL, store and log, in any year: all its parts have the test's
 * clock, and the one time-stamp authority that the test gives. Nothing else is replaced. Evidence records have their turn when the
 * test says so, not every five seconds.
 */
final class FutureServer implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration REQUEST = Duration.ofSeconds(60);
    private static final Actor TEST = Actor.system("acceptance");
    private static final String LOGGING = "org.springframework.boot.logging.LoggingSystem";

    private final ConfigurableApplicationContext context;
    private final String url;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(REQUEST).build();
    private final UUID inspector;
    private final UUID archivist;

    private FutureServer(ConfigurableApplicationContext context) {
        this.context = context;
        this.url = "http://127.0.0.1:"
                + ((WebServerApplicationContext) context).getWebServer().getPort();
        context.getBean("recordRunner", SmartLifecycle.class).stop();
        Accounts accounts = context.getBean(Accounts.class);
        this.inspector = account(accounts, "officer-a", "执法人员甲", Role.INSPECTOR);
        this.archivist = account(accounts, "archivist-a", "档案人员甲", Role.ARCHIVIST);
    }

    private static UUID account(Accounts accounts, String username, String name, Role role) {
        return accounts.findByUsername(username)
                .orElseGet(() -> accounts.create(new NewAccount(username, name, Set.of(role), null), TEST)
                        .account())
                .id();
    }

    /** @param settings {@code name=value} */
    static FutureServer start(Path data, Clock clock, TimestampAuthority authority, List<String> settings) {
        SpringApplication application = new SpringApplication(Main.class);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        application.setRegisterShutdownHook(false);
        application.addInitializers(context -> {
            GenericApplicationContext beans = (GenericApplicationContext) context;
            beans.registerBean("futureClock", Clock.class, () -> clock, bean -> bean.setPrimary(true));
            beans.registerBean(
                    "futureAuthorities",
                    StampingAuthorities.class,
                    () -> new StampingAuthorities(List.of(authority)),
                    bean -> bean.setPrimary(true));
        });
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--tiezheng.data=" + data,
                "--tiezheng.replay.port=0",
                "--tiezheng.agent.enabled=false"));
        settings.forEach(setting -> arguments.add("--" + setting));
        return logging(() -> new FutureServer(application.run(arguments.toArray(String[]::new))));
    }

    /**
     * Runs one of the server's commands, such as {@code backup FILE}, with the defaults.
     *
     * @return what it said
     */
    static String command(Clock clock, Path data, String... verb) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        List<String> arguments = new ArrayList<>(List.of(verb));
        arguments.addAll(List.of("--data", data.toString(), "--ui-lang", "en"));
        int exit =
                logging(() -> new Console(out, out, Map.of(), clock).run(Main.class, arguments.toArray(String[]::new)));
        String text = said.toString(StandardCharsets.UTF_8);
        if (exit != 0) {
            throw new AssertionError("exit code " + exit + ":\n" + text);
        }
        return text;
    }

    /** Spring Boot would insist on its own logger, which is not the first on the class path of all modules. */
    private static <T> T logging(Supplier<T> work) {
        String before = System.getProperty(LOGGING);
        System.setProperty(LOGGING, "none");
        try {
            return work.get();
        } finally {
            if (before == null) {
                System.clearProperty(LOGGING);
            } else {
                System.setProperty(LOGGING, before);
            }
        }
    }

    /** What the server does with evidence records every few seconds: what is due now. */
    void turnOfRecords() {
        context.getBean(RecordBatches.class).turn();
    }

    /**
     * Brings a package as an inspector does, and waits until it is archived.
     *
     * @return id of the evidence
     */
    UUID archive(Path asice) throws Exception {
        Program.Ended digest = Program.run(asice.getParent(), Duration.ofSeconds(30), "sha256sum", asice.toString())
                .orFail();
        JsonNode answer = json(request(
                        inspector,
                        Scope.EVIDENCE_WRITE,
                        "/api/v1/packages?sha256=" + digest.output().substring(0, 64))
                .POST(HttpRequest.BodyPublishers.ofFile(asice)));
        String upload = answer.path("uploadId").asString("");
        long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (true) {
            JsonNode state = json(request(inspector, Scope.EVIDENCE_READ, "/api/v1/uploads/" + upload));
            if (state.path("state").asString("").equals("ARCHIVED")) {
                return UUID.fromString(state.path("evidenceId").asString(""));
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("not archived: " + state);
            }
            Thread.sleep(100);
        }
    }

    /** All batches of evidence records, newest first, as the REST interface shows them. */
    JsonNode batches() throws IOException, InterruptedException {
        return json(request(archivist, Scope.EVIDENCE_READ, "/api/v1/records")).path("batches");
    }

    /** The package as the archive gives it out now, with all its proofs. */
    Path download(UUID evidence, Path file) throws IOException, InterruptedException {
        HttpResponse<Path> answer = http.send(
                request(archivist, Scope.EVIDENCE_READ, "/api/v1/evidence/" + evidence + "/package")
                        .build(),
                HttpResponse.BodyHandlers.ofFile(file));
        if (answer.statusCode() != 200) {
            throw new AssertionError("download: " + answer.statusCode() + " " + Files.readString(file));
        }
        return file;
    }

    /** Status of {@code /health/ready}: 200, or 503. */
    int readiness() throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create(url + "/health/ready"))
                                .timeout(REQUEST)
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** What the server says of all its parts, JSON. */
    String health() throws IOException, InterruptedException {
        return json(request(archivist, Scope.ADMIN, "/api/v1/health")).toString();
    }

    /** A file that everybody may have, such as {@code /log/policy}. */
    Path fetch(String path, Path file) throws IOException, InterruptedException {
        HttpResponse<Path> answer = http.send(
                HttpRequest.newBuilder(URI.create(url + path)).timeout(REQUEST).build(),
                HttpResponse.BodyHandlers.ofFile(file));
        if (answer.statusCode() != 200) {
            throw new AssertionError(path + ": " + answer.statusCode());
        }
        return file;
    }

    /** With a token of its own: an older one has ended when a test moves the clock by years. */
    private HttpRequest.Builder request(UUID account, Scope scope, String path) {
        String token = context.getBean(ApiTokens.class)
                .create(account, "a request", Set.of(scope), Duration.ofMinutes(5), TEST)
                .secret();
        return HttpRequest.newBuilder(URI.create(url + path))
                .header("Authorization", "Bearer " + token)
                .timeout(REQUEST);
    }

    private JsonNode json(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(answer.uri() + ": " + answer.statusCode() + " " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    @Override
    public void close() {
        context.close();
    }
}
