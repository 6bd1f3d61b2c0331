package org.tiezheng.acceptance;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.Database;
import org.tiezheng.archive.database.DatabaseSettings;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.IdentitySettings;
import org.tiezheng.archive.identity.NewAccount;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Passwords;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.demo.DemoShop;
import org.tiezheng.demo.Origin;
import org.tiezheng.demo.Origin.Listener;
import org.tiezheng.demo.PageSet;
import org.tiezheng.demo.SentExchange;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A whole archive as it is run: a shop, a server process with its own PostgreSQL, agent processes, and a program that submits
 * jobs by REST. Everything is started by command line and can be killed.
 */
final class ArchiveSite implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration START = Duration.ofMinutes(4);
    private static final Duration REQUEST = Duration.ofSeconds(30);
    private static final Actor TEST = Actor.system("acceptance");

    private final Origin origin;
    private final Path folder;
    private final Path data;
    private final Path temporary;
    private final int port;
    private final List<AgentMachine> agents = new ArrayList<>();
    private final List<String> settings = new ArrayList<>();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private @Nullable Process server;
    private String inspector = "";
    private String second = "";
    private String reader = "";
    private String agentToken = "";

    /** A capture agent with a data folder of its own. */
    final class AgentMachine {
        final String name;
        final Path data;
        private final Path token;
        private @Nullable Process process;

        private AgentMachine(String name) throws IOException {
            this.name = name;
            this.data = ArchiveSite.this.folder.resolve(name);
            this.token = ArchiveSite.this.folder.resolve(name + ".token");
            // Its signing keys, so that the server can be told to trust them before it starts.
            var unused = EmbeddedAuthority.open(open(data), Clock.systemUTC());
        }

        Path root() {
            return data.resolve("trust/root.pem");
        }

        Path output() {
            return ArchiveSite.this.folder.resolve(name + ".out");
        }

        void start(int slots) throws IOException {
            Files.writeString(token, agentToken);
            List<String> command = Program.java(
                    "512m",
                    "org.tiezheng.capture.Main",
                    List.of(
                            "agent",
                            "--server",
                            url(),
                            "--token-file",
                            token.toString(),
                            "--name",
                            name,
                            "--slots",
                            String.valueOf(slots),
                            "--data",
                            data.toString(),
                            "--ui-lang",
                            "en"));
            command.add(1, "-Djava.io.tmpdir=" + temporary);
            command.add(1, "-XX:TieredStopAtLevel=1");
            process = started(command, output());
        }

        void kill() throws InterruptedException {
            Process running = process;
            if (running != null) {
                running.destroyForcibly();
                ended(running);
            }
        }

        /** SIGTERM. */
        void stop() throws InterruptedException {
            Process running = process;
            if (running != null) {
                running.destroy();
                ended(running);
            }
        }

        List<Path> outbox() throws IOException {
            Path outbox = data.resolve("outbox");
            if (!Files.isDirectory(outbox)) {
                return List.of();
            }
            try (var files = Files.list(outbox)) {
                return files.filter(file -> !file.getFileName().toString().equals("lock"))
                        .toList();
            }
        }
    }

    /** A job as the REST interface shows it. */
    record JobRow(long id, String url, String state, String agent, int attempts, String evidenceId, String failure) {
        boolean isEnd() {
            return !state.equals("READY") && !state.equals("LEASED");
        }
    }

    private ArchiveSite(int agents, String... settings) throws IOException {
        origin = Origin.start(new DemoShop().or(new PageSet()));
        folder = Files.createTempDirectory("tiezheng-archive");
        data = open(folder.resolve("data"));
        temporary = shortFolder();
        port = freePort();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        this.settings.addAll(List.of(settings));
        this.settings.add("tiezheng.agent.enabled=false");
        this.settings.add("tiezheng.replay.port=" + freePort());
        this.settings.add("tiezheng.jobs.allow-hosts=localhost:" + origin.port(Listener.HTTPS_H2));
        this.settings.add("tiezheng.jobs.trust-spki=" + String.join(",", origin.spkiPins()));
        for (int i = 1; i <= agents; i++) {
            AgentMachine agent = new AgentMachine("agent-" + i);
            this.agents.add(agent);
            this.settings.add("tiezheng.ingest.trust-anchors[" + (i - 1) + "]=" + agent.root());
        }
    }

    /**
     * A shop, a server that runs, accounts, and agents that do not run yet.
     *
     * @param settings of the server, {@code tiezheng.…=…}
     */
    static ArchiveSite open(int agents, String... settings) throws Exception {
        ArchiveSite site = new ArchiveSite(agents, settings);
        try {
            site.startServer();
            site.makeAccounts();
            return site;
        } catch (Exception | AssertionError e) {
            site.close();
            throw e;
        }
    }

    private static Path open(Path folder) throws IOException {
        return Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** Chromium makes a socket in it, whose whole path may have 107 bytes; its account must be able to pass. */
    private static Path shortFolder() throws IOException {
        Path root = Path.of(System.getProperty("java.io.tmpdir"));
        SecureRandom random = new SecureRandom();
        while (true) {
            try {
                Path made = Files.createDirectory(root.resolve("y" + Integer.toString(random.nextInt(1_679_616), 36)));
                Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwx--x--x"));
                return made;
            } catch (FileAlreadyExistsException e) {
                // Somebody else's.
            }
        }
    }

    /**
     * Below the range from which the kernel takes ports of its own choice (32768 on Linux): while the server is dead nobody's
     * connection may get its port.
     */
    private static int freePort() throws IOException {
        SecureRandom random = new SecureRandom();
        for (int attempt = 0; ; attempt++) {
            int port = 12_000 + random.nextInt(20_000);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (BindException e) {
                if (attempt == 50) {
                    throw e;
                }
            }
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    String page(String path) {
        return origin.url(Listener.HTTPS_H2) + path;
    }

    List<AgentMachine> agents() {
        return agents;
    }

    Path serverOutput() {
        return folder.resolve("server.out");
    }

    // ---- the server ----

    void startServer() throws IOException, InterruptedException {
        Path ready = folder.resolve("ready");
        Files.deleteIfExists(ready);
        List<String> arguments = new ArrayList<>(List.of(
                "serve",
                "--data",
                data.toString(),
                "--port",
                String.valueOf(port),
                "--ready-file",
                ready.toString(),
                "--config",
                settingsFile().toString(),
                "--ui-lang",
                "en"));
        Process started = started(serverCommand(arguments), serverOutput());
        server = started;
        long end = System.nanoTime() + START.toNanos();
        while (!Files.exists(ready)) {
            if (System.nanoTime() > end || !started.isAlive()) {
                throw new AssertionError("the server did not start:\n" + Files.readString(serverOutput()));
            }
            Thread.sleep(100);
        }
    }

    private Path settingsFile() throws IOException {
        return Files.writeString(folder.resolve("server.properties"), String.join("\n", settings) + "\n");
    }

    /** As users start it, but for the logger of the command lines, which is on this class path too. */
    private static List<String> serverCommand(List<String> arguments) {
        List<String> command = Program.java("512m", "org.tiezheng.archive.Main", arguments);
        int path = command.indexOf("-cp") + 1;
        List<String> entries = new ArrayList<>();
        for (String entry : command.get(path).split(java.io.File.pathSeparator)) {
            String file = Path.of(entry).getFileName().toString();
            if (!file.startsWith("slf4j-simple")) {
                entries.add(entry);
            }
        }
        command.set(path, String.join(java.io.File.pathSeparator, entries));
        command.add(1, "-XX:TieredStopAtLevel=1");
        command.add(1, "-XX:+UseSerialGC");
        return command;
    }

    void killServer() throws InterruptedException {
        Process running = server;
        if (running != null) {
            running.destroyForcibly();
            ended(running);
        }
    }

    /** kill -9 of PostgreSQL's first process; the server starts it again. */
    void killDatabase() throws IOException, InterruptedException {
        Path file = data.resolve("archive/pg18/postmaster.pid");
        List<String> lines = List.of();
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            // It is down already, or about to write the file.
        }
        if (!lines.isEmpty()) {
            var unused = Program.run(
                    folder,
                    Duration.ofSeconds(10),
                    "kill",
                    "-KILL",
                    lines.get(0).strip());
        }
    }

    private Process started(List<String> command, Path output) throws IOException {
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .start();
    }

    private static void ended(Process process) throws InterruptedException {
        if (!process.waitFor(150, TimeUnit.SECONDS)) {
            throw new AssertionError("did not end: " + process.pid());
        }
    }

    // ---- accounts, by the services the screens use ----

    private record Services(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit) {}

    @FunctionalInterface
    private interface Work<T> {
        T with(Services services) throws Exception;
    }

    /** Beside the running server, with the application's rights. */
    private <T> T inDatabase(Work<T> work) throws Exception {
        ArchiveFolder archive = ArchiveFolder.open(data);
        try (Database database = Database.openBeside(new DatabaseSettings(null, "", "", 4), archive)) {
            var source = database.application();
            JdbcClient jdbc = JdbcClient.create(source);
            return work.with(new Services(
                    jdbc,
                    new TransactionTemplate(new JdbcTransactionManager(source)),
                    new AuditLog(jdbc, Clock.systemUTC())));
        }
    }

    private void makeAccounts() throws Exception {
        inDatabase(services -> {
            Clock clock = Clock.systemUTC();
            IdentitySettings identity = IdentitySettings.defaults();
            Accounts accounts = new Accounts(
                    services.jdbc(), services.transactions(), services.audit(), clock, new Passwords(), identity);
            ApiTokens tokens =
                    new ApiTokens(services.jdbc(), services.transactions(), services.audit(), clock, identity);
            Officers officers = new Officers(services.jdbc(), services.transactions(), services.audit(), clock);
            LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
            Account first = accounts.create(new NewAccount("officer-a", "执法人员甲", Set.of(Role.INSPECTOR), null), TEST)
                    .account();
            Account other = accounts.create(
                            new NewAccount("officer-b", "执法人员乙", Set.of(Role.SECOND_OFFICER), null), TEST)
                    .account();
            Account machine = accounts.create(new NewAccount("agents", "取证节点", Set.of(), null), TEST)
                    .account();
            officers.set(first.id(), "市场监督管理局", "3601-001", today.minusDays(10), today.plusDays(300), TEST);
            officers.set(other.id(), "市场监督管理局", "3601-002", today.minusDays(10), today.plusDays(300), TEST);
            second = other.id().toString();
            inspector = tokens.create(
                            first.id(),
                            "submits",
                            Set.of(Scope.CAPTURES_READ, Scope.CAPTURES_WRITE),
                            Duration.ofDays(1),
                            TEST)
                    .secret();
            reader = tokens.create(first.id(), "reads", Set.of(Scope.EVIDENCE_READ), Duration.ofDays(1), TEST)
                    .secret();
            agentToken = tokens.create(machine.id(), "agents", Set.of(Scope.AGENT), Duration.ofDays(1), TEST)
                    .secret();
            return agentToken;
        });
    }

    // ---- what programs do ----

    /** Submits one page; tried until the server has answered, under the same idempotency key. */
    void submit(String path) throws IOException, InterruptedException {
        String body = JSON.writeValueAsString(JSON.createObjectNode()
                .put("url", page(path))
                .put("videoSeconds", 0)
                .put("timeoutSeconds", 60)
                .put("secondOfficer", second));
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + "/api/v1/jobs"))
                .header("Authorization", "Bearer " + inspector)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "page:" + path)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        long end = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                HttpResponse<String> answer =
                        http.send(request.timeout(REQUEST).build(), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 201 || answer.statusCode() == 200) {
                    return;
                }
                if (answer.statusCode() < 500 || System.nanoTime() > end) {
                    throw new AssertionError("submit: " + answer.statusCode() + " " + answer.body());
                }
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
            Thread.sleep(500);
        }
    }

    /** All jobs, oldest first. */
    List<JobRow> jobs() throws IOException, InterruptedException {
        List<JobRow> jobs = new ArrayList<>();
        for (JsonNode row : get("/api/v1/jobs?limit=500").path("rows")) {
            jobs.add(new JobRow(
                    row.path("id").asLong(),
                    row.path("url").asString(""),
                    row.path("state").asString(""),
                    row.path("agent").asString(""),
                    row.path("attempts").asInt(),
                    row.path("evidenceId").asString(""),
                    row.path("failureCode").asString("")));
        }
        jobs.sort(Comparator.comparingLong(JobRow::id));
        return jobs;
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(url() + path))
                        .header("Authorization", "Bearer " + inspector)
                        .timeout(REQUEST)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(path + ": " + answer.statusCode() + " " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    /** @throws AssertionError if not all jobs have ended within {@code limit} */
    List<JobRow> awaitEnds(int count, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        List<JobRow> last = List.of();
        while (System.nanoTime() < end) {
            try {
                last = jobs();
                if (last.size() == count && last.stream().allMatch(JobRow::isEnd)) {
                    return last;
                }
            } catch (IOException e) {
                // Down, or starting.
            }
            Thread.sleep(1000);
        }
        throw new AssertionError("not all jobs ended within " + limit + ": " + last + "\n" + said());
    }

    /** The package of an evidence, as the archive gives it out. */
    Path download(String evidenceId) throws IOException, InterruptedException {
        Path file = folder.resolve(evidenceId + ".asice");
        HttpResponse<Path> answer = http.send(
                HttpRequest.newBuilder(URI.create(url() + "/api/v1/evidence/" + evidenceId + "/package"))
                        .header("Authorization", "Bearer " + reader)
                        .timeout(Duration.ofMinutes(2))
                        .build(),
                HttpResponse.BodyHandlers.ofFile(file));
        if (answer.statusCode() != 200) {
            throw new AssertionError("download: " + answer.statusCode() + " " + Files.readString(file));
        }
        return file;
    }

    /** The verifier's verdict, by its command line: every agent's root is trusted. */
    Program.Ended verify(Path file) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("verify", file.toString(), "--quiet"));
        for (AgentMachine agent : agents) {
            arguments.addAll(List.of("--trust", agent.root().toString()));
        }
        return Program.run(
                folder, Duration.ofMinutes(2), Program.java("256m", "org.tiezheng.verifier.Main", arguments));
    }

    /** {@code verify-chain}, beside the running server. */
    Program.Ended verifyChain() throws IOException, InterruptedException {
        return Program.run(
                folder,
                Duration.ofMinutes(2),
                serverCommand(List.of(
                        "verify-chain",
                        "--data",
                        data.toString(),
                        "--config",
                        settingsFile().toString(),
                        "--ui-lang",
                        "en")));
    }

    /** How often the shop was asked for each page, by path and query. */
    TreeMap<String, Long> visits(String pathStart) {
        TreeMap<String, Long> visits = new TreeMap<>();
        for (SentExchange sent : origin.sent()) {
            if (sent.target().startsWith(pathStart)) {
                visits.merge(sent.target(), 1L, Long::sum);
            }
        }
        return visits;
    }

    // ---- what is in the archive ----

    /** How many rows of each kind; {@code sql} gives a text and a number. */
    TreeMap<String, Long> counts(String sql) throws Exception {
        return inDatabase(services -> {
            TreeMap<String, Long> counts = new TreeMap<>();
            services.jdbc()
                    .sql(sql)
                    .query((row, n) -> counts.put(row.getString(1), row.getLong(2)))
                    .list();
            return counts;
        });
    }

    /** Browsers and drivers of all agents of this site that run. */
    List<String> browsers() {
        return Program.running(temporary.resolve("tiezheng-").toString());
    }

    /** What server and agents wrote, the ends of it. */
    String said() {
        StringBuilder all = new StringBuilder();
        List<Path> outputs = new ArrayList<>(List.of(serverOutput()));
        agents.forEach(agent -> outputs.add(agent.output()));
        for (Path output : outputs) {
            try {
                String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
                all.append("== ").append(output.getFileName()).append('\n');
                all.append(text.substring(Math.max(0, text.length() - 3000))).append('\n');
            } catch (IOException e) {
                // It was never started.
            }
        }
        return all.toString();
    }

    @Override
    public void close() throws Exception {
        for (AgentMachine agent : agents) {
            agent.kill();
        }
        Process running = server;
        if (running != null && running.isAlive()) {
            running.destroy();
            if (!running.waitFor(60, TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        }
        // A killed server leaves its database running.
        Path pid = data.resolve("archive/pg18/postmaster.pid");
        if (Files.exists(pid)) {
            var unused = Program.run(
                    folder,
                    Duration.ofSeconds(10),
                    "kill",
                    "-QUIT",
                    Files.readAllLines(pid).get(0).strip());
        }
        for (String browser : browsers()) {
            var unused = Program.run(
                    folder, Duration.ofSeconds(10), "kill", "-KILL", browser.substring(0, browser.indexOf(' ')));
        }
        origin.close();
        if (System.getProperty("tiezheng.keep") == null) {
            Program.run(folder.getParent(), Duration.ofMinutes(1), "rm", "-rf", folder.toString(), temporary.toString())
                    .orFail();
        } else {
            System.err.println("kept: " + folder);
        }
    }
}
