package org.tiezheng.archive.command;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.tiezheng.archive.identity.Accounts;

/** The server in this process, up. */
final class RunningServer {
    private final ConfigurableApplicationContext context;
    private final CountDownLatch stopped;

    private RunningServer(ConfigurableApplicationContext context, CountDownLatch stopped) {
        this.context = context;
        this.stopped = stopped;
    }

    /**
     * Starts it, makes the first administrator if there is no account, and tells both.
     *
     * @return nothing if it did not start; why has been written
     */
    static Optional<RunningServer> start(Console console, Class<?> server, SharedOptions shared, List<String> arguments)
            throws Console.UserError {
        Instant begun = console.clock().instant();
        CountDownLatch stopped = new CountDownLatch(1);
        SpringApplication application = new SpringApplication(server);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        application.addListeners((ApplicationListener<ContextClosedEvent>) closed -> stopped.countDown());
        application.addInitializers(
                context -> context.getBeanFactory().registerSingleton("firstStart", new FirstStart(console, context)));
        RunningServer running;
        try {
            running = new RunningServer(application.run(arguments.toArray(String[]::new)), stopped);
        } catch (RuntimeException said) {
            // Spring Boot has written why, in words if one of our analysers knows them.
            return Optional.empty();
        }
        Duration took = Duration.between(begun, console.clock().instant());
        console.out()
                .println(console.texts()
                        .get(
                                "serve.up",
                                running.url(),
                                shared.data(console).toString(),
                                String.format(Locale.ROOT, "%.1f", took.toMillis() / 1000.0)));
        return Optional.of(running);
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** As a browser on this machine opens it. */
    String url() {
        int actual = context instanceof WebServerApplicationContext web && web.getWebServer() != null
                ? web.getWebServer().getPort()
                : 0;
        String host = context.getEnvironment().getProperty("server.address", "127.0.0.1");
        String scheme = context.getEnvironment().containsProperty("server.ssl.certificate")
                        || context.getEnvironment().containsProperty("server.ssl.key-store")
                        || context.getEnvironment().containsProperty("server.ssl.bundle")
                ? "https"
                : "http";
        // A browser does not open 0.0.0.0; and replay needs localhost or HTTPS.
        String shown = host.equals("127.0.0.1") || host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
        return scheme + "://" + (shown.contains(":") ? "[" + shown + "]" : shown) + ":" + actual + "/";
    }

    boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /** For as long as the server runs: until SIGTERM or Ctrl-C. */
    void await() throws InterruptedException {
        stopped.await();
    }

    /** Makes the first administrator before any part of the server makes an account for itself. */
    private static final class FirstStart implements SmartLifecycle {
        private final Console console;
        private final ConfigurableApplicationContext context;

        FirstStart(Console console, ConfigurableApplicationContext context) {
            this.console = console;
            this.context = context;
        }

        @Override
        public void start() {
            context.getBean(Accounts.class)
                    .createFirstAdministrator()
                    .ifPresent(first -> console.out()
                            .println(console.texts()
                                    .get(
                                            "serve.first",
                                            first.account().username(),
                                            String.valueOf(first.oneTimePassword()))));
        }

        @Override
        public void stop() {
            // Nothing runs.
        }

        @Override
        public boolean isRunning() {
            return false;
        }

        @Override
        public int getPhase() {
            return Integer.MIN_VALUE;
        }
    }
}
