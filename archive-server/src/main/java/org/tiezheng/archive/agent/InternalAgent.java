package org.tiezheng.archive.agent;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.Environment;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.capture.Station;
import org.tiezheng.capture.agent.Agent;
import org.tiezheng.capture.agent.AgentEvent;
import org.tiezheng.capture.agent.AgentSettings;

/**
 * Starts the agent when the server answers and stops it before the server stops answering. A machine that cannot capture (no
 * Chromium, say) is no reason not to serve: it is in the log, and {@link #problem} says it.
 */
final class InternalAgent implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(InternalAgent.class);

    private final InternalAgentSettings settings;
    private final ApplicationContext context;
    private final ArchiveFolder folder;
    private final Accounts accounts;
    private final ApiTokens tokens;
    private final Clock clock;
    private volatile @Nullable Agent agent;
    private volatile @Nullable String problem;

    InternalAgent(
            InternalAgentSettings settings,
            ApplicationContext context,
            ArchiveFolder folder,
            Accounts accounts,
            ApiTokens tokens,
            Clock clock) {
        this.settings = settings;
        this.context = context;
        this.folder = folder;
        this.accounts = accounts;
        this.tokens = tokens;
        this.clock = clock;
    }

    /** Why it does not work; null if it does, or is not wanted. */
    @Nullable
    String problem() {
        return problem;
    }

    @Override
    public void start() {
        URI server = server();
        if (!settings.enabled() || server == null) {
            return;
        }
        // Beside the server's own folder, so that the command line finds the same keys, trust and work.
        Path data = Objects.requireNonNull(folder.root().getParent());
        String name = settings.name() == null ? "internal@" + hostName() : settings.name();
        try {
            Station station = Station.open(
                    data, settings.options(), Path.of(System.getProperty("java.io.tmpdir", "/tmp")), clock);
            Agent started = Agent.open(
                    new AgentSettings(
                            server,
                            new InternalToken(accounts, tokens, name, clock),
                            name,
                            settings.slots(),
                            settings.shutdown(),
                            null),
                    station,
                    data,
                    version(),
                    InternalAgent::tell,
                    clock);
            started.start();
            agent = started;
            problem = null;
            log.info("agent {} captures on this machine, {} at a time", name, settings.slots());
        } catch (IOException | IllegalArgumentException e) {
            problem = e.getMessage();
            log.error("this machine does not capture: {}", e.getMessage());
        }
    }

    /** Ourselves, unless configured. Null if we cannot be reached without knowing more. */
    private @Nullable URI server() {
        if (settings.server() != null) {
            return AgentSettings.server(settings.server().toString(), true);
        }
        Environment environment = context.getEnvironment();
        if (environment.containsProperty("server.ssl.certificate")
                || environment.containsProperty("server.ssl.key-store")
                || environment.containsProperty("server.ssl.bundle")) {
            problem = "the server speaks TLS, so tiezheng.agent.server must name the address its certificate is for";
            log.error("this machine does not capture: {}", problem);
            return null;
        }
        if (!(context instanceof WebServerApplicationContext web) || web.getWebServer() == null) {
            return null;
        }
        String address = environment.getProperty("server.address", "");
        boolean any = address.isEmpty() || address.equals("0.0.0.0") || address.equals("::");
        String host = any ? "127.0.0.1" : address.contains(":") ? "[" + address + "]" : address;
        return URI.create("http://" + host + ":" + web.getWebServer().getPort());
    }

    private static void tell(AgentEvent event) {
        String detail = event.detail();
        switch (event.kind()) {
            case UNREACHABLE, REFUSED, NO_ROOM, DISK, QUARANTINED, SEAL_WAITS ->
                log.warn("agent: {} job {}: {}", event.kind(), event.jobId(), detail);
            // Addresses stay out of the log: the job's row has them.
            default -> log.info("agent: {} job {}", event.kind(), event.jobId());
        }
    }

    private static String version() {
        String version = InternalAgent.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static String hostName() {
        try {
            String host = Files.readString(Path.of("/etc/hostname")).strip();
            return AgentSettings.isName("internal@" + host) && !host.isEmpty() ? host : "localhost";
        } catch (IOException e) {
            return "localhost";
        }
    }

    @Override
    public void stop() {
        Agent stopping = agent;
        agent = null;
        if (stopping != null) {
            try {
                stopping.close();
            } catch (IOException e) {
                log.warn("agent: {}", e.getMessage());
            }
        }
    }

    @Override
    public boolean isRunning() {
        return agent != null;
    }

    /** Last to start and first to stop: the web server's two phases are MAX_VALUE - 1024 and - 2048. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 512;
    }
}
