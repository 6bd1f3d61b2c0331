package org.tiezheng.capture;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.tiezheng.capture.agent.Agent;
import org.tiezheng.capture.agent.AgentEvent;
import org.tiezheng.capture.agent.AgentSettings;
import org.tiezheng.capture.browser.BrowserPrograms;
import org.tiezheng.capture.browser.Chromium;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code agent --server URL}: captures for an archive server until it is stopped. */
@Command(name = "agent")
final class AgentCommand implements Callable<Integer> {
    static final String TOKEN_VARIABLE = "TIEZHENG_AGENT_TOKEN";

    private final Main.Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Option(names = "--server", paramLabel = "URL", required = true, descriptionKey = "server")
    private String server = "";

    @Option(names = "--token-file", paramLabel = "FILE", descriptionKey = "token-file")
    private @Nullable Path tokenFile;

    @Option(names = "--slots", paramLabel = "N", defaultValue = "1", descriptionKey = "slots")
    private int slots = 1;

    @Option(names = "--name", paramLabel = "NAME", descriptionKey = "agent-name")
    private @Nullable String name;

    @Option(names = "--server-ca", paramLabel = "PEM", descriptionKey = "server-ca")
    private @Nullable Path serverCa;

    @Option(names = "--insecure-http", descriptionKey = "insecure-http")
    private boolean insecureHttp;

    @Option(names = "--browser-user", paramLabel = "USER", descriptionKey = "browser-user")
    private @Nullable String browserUser;

    @Option(names = "--ntp", paramLabel = "HOST", descriptionKey = "ntp")
    private List<String> ntpHosts = new ArrayList<>();

    @Option(names = "--timezone", paramLabel = "ZONE", defaultValue = "Asia/Shanghai", descriptionKey = "timezone")
    private String timezone = "Asia/Shanghai";

    @Option(names = "--egress-ip-url", paramLabel = "URL", descriptionKey = "egress-ip-url")
    private @Nullable URI egressService;

    AgentCommand(Main.Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, UserError, InterruptedException {
        Texts texts = console.texts();
        AgentSettings settings = settings();
        try {
            Chromium.uidOf(browserUser);
        } catch (IOException e) {
            throw new UserError(texts.get("error.option", "--browser-user", StepRunner.describe(e)));
        }
        DataFolder data = shared.openData(console);
        BrowserPrograms programs;
        try {
            programs = BrowserPrograms.find();
        } catch (IOException e) {
            throw new UserError(texts.get("error.programs", String.valueOf(e.getMessage())));
        }
        Authorities authorities = shared.openAuthorities(data, console);
        Station station = new Station(
                data,
                authorities,
                programs,
                console.tempRoot(),
                new Station.Local(timezone, ntpHosts, browserUser, egressService),
                Progress.silent(),
                console.clock());
        try (Agent agent =
                Agent.open(settings, station, data.root(), Programs.version(), this::tell, console.clock())) {
            // The folder is ours now; what is left in it belongs to nobody.
            Leftovers.janitor(console.tempRoot(), texts, console::error);
            Leftovers.report(data.recover(), data, texts, console::error);
            run(agent, settings);
        } catch (Agent.FolderInUseException e) {
            throw new UserError(texts.get("error.agent.busy", data.root()));
        }
        return ExitCode.COMPLETE;
    }

    private void run(Agent agent, AgentSettings settings) throws IOException, InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        // Ctrl-C and SIGTERM: the JVM is ending; this hook holds it until captures have ended or gone back.
        Thread hook = new Thread(
                () -> {
                    console.error(console.texts().get("agent.stopping", agent.openJobs()));
                    try {
                        agent.close();
                    } catch (IOException e) {
                        console.error(StepRunner.describe(e));
                    }
                    console.error(console.texts().get("agent.stopped"));
                    ended.countDown();
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        console.error(console.texts()
                .get("agent.started", settings.name(), settings.server().toString(), settings.slots()));
        agent.start();
        ended.await();
    }

    private void tell(AgentEvent event) {
        String detail = event.detail();
        console.error(console.texts()
                .get("agent.event." + event.kind(), Long.toString(event.jobId()), detail == null ? "" : detail));
    }

    private AgentSettings settings() throws UserError {
        Texts texts = console.texts();
        URI uri;
        try {
            uri = AgentSettings.server(server, insecureHttp);
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    String.valueOf(e.getMessage()).equals("plain-http")
                            ? texts.get("error.agent.plain-http", server)
                            : texts.get("error.option", "--server", server));
        }
        if (slots < 1 || slots > AgentSettings.MAX_SLOTS) {
            throw new UserError(texts.get("error.option", "--slots", "1–" + AgentSettings.MAX_SLOTS));
        }
        String called = name == null ? hostName() : name;
        if (!AgentSettings.isName(called)) {
            throw new UserError(texts.get("error.option", "--name", called));
        }
        return new AgentSettings(uri, token(), called, slots, AgentSettings.DEFAULT_SHUTDOWN, tls());
    }

    private AgentSettings.TokenSource token() throws UserError {
        Texts texts = console.texts();
        Path file = tokenFile;
        if (file == null) {
            String token = console.environment(TOKEN_VARIABLE);
            if (token.isBlank()) {
                throw new UserError(texts.get("error.agent.token", TOKEN_VARIABLE));
            }
            return () -> token;
        }
        try {
            if (Files.size(file) > 4096 || Files.readString(file).isBlank()) {
                throw new IOException("not a token");
            }
        } catch (IOException e) {
            throw new UserError(texts.get("error.agent.token-file", file, StepRunner.describe(e)));
        }
        return () -> Files.readString(file, StandardCharsets.US_ASCII);
    }

    /** The certificates of {@code --server-ca} and no others. */
    private @Nullable SSLContext tls() throws UserError {
        Path file = serverCa;
        if (file == null) {
            return null;
        }
        try (var in = Files.newInputStream(file)) {
            KeyStore roots = KeyStore.getInstance("PKCS12");
            roots.load(null, null);
            int number = 0;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                roots.setCertificateEntry("ca" + number++, each);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(roots);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new UserError(console.texts().get("error.option", "--server-ca", StepRunner.describe(e)));
        }
    }

    private String hostName() {
        String host = console.environment("HOSTNAME");
        if (host.isBlank()) {
            try {
                host = Files.readString(Path.of("/etc/hostname")).strip();
            } catch (IOException e) {
                host = "";
            }
        }
        return AgentSettings.isName(host) ? host : "agent";
    }
}
