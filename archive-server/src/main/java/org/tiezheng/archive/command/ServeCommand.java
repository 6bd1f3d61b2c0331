package org.tiezheng.archive.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
        List<String> arguments = new ArrayList<>(shared.arguments(console));
        if (port != null) {
            arguments.add("--server.port=" + port);
        }
        if (address != null) {
            arguments.add("--server.address=" + address);
        }
        Optional<RunningServer> running = RunningServer.start(console, server, shared, arguments);
        if (running.isEmpty()) {
            return ExitCode.FAILED;
        }
        if (readyFile != null) {
            ready(readyFile, running.get().url());
        }
        running.get().await();
        return ExitCode.OK;
    }

    /** Whole or not at all: whoever waits for the file may read it at once. */
    private static void ready(Path file, String url) throws IOException {
        Path absolute = Console.absolute(file);
        Path temporary = absolute.resolveSibling(absolute.getFileName() + ".new");
        Files.writeString(temporary, "url=" + url + "\n", StandardCharsets.UTF_8);
        Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
    }
}
