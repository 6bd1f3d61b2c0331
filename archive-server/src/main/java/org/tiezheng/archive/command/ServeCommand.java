package org.tiezheng.archive.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.tiezheng.archive.identity.Accounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code serve}: the server, until it is stopped. */
@Command(name = "serve")
final class ServeCommand implements Callable<Integer> {
    private final Console console;
    private final Class<?> server;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Option(names = "--port", paramLabel = "N", descriptionKey = "option.port")
    private @Nullable Integer port;

    @Option(names = "--address", paramLabel = "IP", descriptionKey = "option.address")
    private @Nullable String address;

    @Option(names = "--ready-file", paramLabel = "FILE", descriptionKey = "option.ready-file")
    private @Nullable Path readyFile;

    ServeCommand(Console console, Class<?> server) {
        this.console = console;
        this.server = server;
    }

    @Override
    public Integer call() throws Console.UserError, IOException, InterruptedException {
        Instant begun = console.clock().instant();
        List<String> arguments = new ArrayList<>(shared.arguments(console));
        if (port != null) {
            arguments.add("--server.port=" + port);
        }
        if (address != null) {
            arguments.add("--server.address=" + address);
        }
        CountDownLatch stopped = new CountDownLatch(1);
        SpringApplication application = new SpringApplication(server);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        application.addListeners((ApplicationListener<ContextClosedEvent>) closed -> stopped.countDown());
        ConfigurableApplicationContext context;
        try {
            context = application.run(arguments.toArray(String[]::new));
        } catch (RuntimeException said) {
            // Spring Boot has written why, in words if one of our analysers knows them.
            return ExitCode.FAILED;
        }
        String url = url(context);
        context.getBean(Accounts.class)
                .createFirstAdministrator()
                .ifPresent(first -> console.out()
                        .println(console.texts()
                                .get(
                                        "serve.first",
                                        first.account().username(),
                                        String.valueOf(first.oneTimePassword()))));
        Duration took = Duration.between(begun, console.clock().instant());
        console.out()
                .println(console.texts()
                        .get(
                                "serve.up",
                                url,
                                shared.data(console).toString(),
                                String.format(Locale.ROOT, "%.1f", took.toMillis() / 1000.0)));
        if (readyFile != null) {
            ready(readyFile, url);
        }
        stopped.await(); // for as long as the server runs
        return ExitCode.OK;
    }

    private static String url(ConfigurableApplicationContext context) {
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

    /** Whole or not at all: whoever waits for the file may read it at once. */
    private static void ready(Path file, String url) throws IOException {
        Path absolute = Console.absolute(file);
        Path temporary = absolute.resolveSibling(absolute.getFileName() + ".new");
        Files.writeString(temporary, "url=" + url + "\n", StandardCharsets.UTF_8);
        Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
    }
}
