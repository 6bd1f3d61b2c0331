package org.tiezheng.auditor.witness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.VerifierKey;
import org.tiezheng.verifier.cli.Printable;
import org.tiezheng.verifier.cli.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tiezheng witness}: runs a witness until it is stopped. */
@Command(name = "witness", description = "${bundle:help.witness}", footer = "${bundle:help.exit}", sortOptions = false)
public final class WitnessCommand implements Callable<Integer> {
    public static final String BUNDLE = "org.tiezheng.auditor.witness.messages";

    @Option(names = "--folder", required = true, paramLabel = "DIR", description = "${bundle:help.folder}")
    private Path folder = Path.of("");

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "${bundle:help.name}")
    private String name = "";

    @Option(names = "--logs", required = true, paramLabel = "FILE", description = "${bundle:help.logs}")
    private Path logs = Path.of("");

    @Option(names = "--listen", paramLabel = "HOST:PORT", description = "${bundle:help.listen}")
    private String listen = "127.0.0.1:8470";

    @Option(names = "--keys-only", description = "${bundle:help.keysOnly}")
    private boolean keysOnly;

    private final Terminal terminal;

    public WitnessCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        LogPolicy followed;
        try {
            followed = LogPolicy.parse(Files.readAllBytes(logs));
        } catch (MalformedLogException e) {
            return terminal.error("error.logs", logs, Printable.of(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            return terminal.error("error.unreadable", logs);
        }
        if (followed.logs().isEmpty()) {
            return terminal.error("error.noLogs", logs);
        }
        InetSocketAddress address = address();
        if (address == null) {
            return terminal.error("error.listen", Printable.of(listen));
        }
        try (Witness witness = Witness.open(folder, name, followed, terminal.clock())) {
            introduce(witness);
            if (keysOnly) {
                return Terminal.VALID;
            }
            try (WitnessServer server = WitnessServer.start(witness, address, this::answered)) {
                terminal.out()
                        .println(terminal.messages()
                                .get(
                                        "started",
                                        "http://" + text(server.address()),
                                        followed.logs().size()));
                terminal.out().flush();
                waitUntilStopped();
            }
            return Terminal.VALID;
        } catch (WitnessDamagedException e) {
            return terminal.error("error.damaged", Printable.of(String.valueOf(e.getMessage())));
        } catch (IllegalArgumentException e) {
            return terminal.error("error.name", Printable.of(name));
        } catch (IOException e) {
            return terminal.error("error.io", Printable.of(String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Terminal.VALID;
        }
    }

    private void introduce(Witness witness) {
        terminal.out().println(terminal.messages().get("keys"));
        int number = 1;
        for (VerifierKey key : witness.verifierKeys()) {
            terminal.out().println("witness " + name + "-" + number++ + " " + key);
        }
        for (Checkpoint seen : witness.seen()) {
            terminal.out().println(terminal.messages().get("seen", Printable.of(seen.origin()), seen.size()));
        }
        terminal.out().flush();
    }

    private void answered(int status, Checkpoint checkpoint) {
        String key = switch (status) {
            case 200 -> "answered.cosigned";
            case 409 -> "answered.conflict";
            case 422 -> "answered.inconsistent";
            default -> "answered.refused";
        };
        synchronized (terminal) {
            terminal.out()
                    .println(terminal.messages()
                            .get(
                                    key,
                                    terminal.clock().instant().truncatedTo(ChronoUnit.SECONDS),
                                    Printable.of(checkpoint.origin()),
                                    checkpoint.size()));
            terminal.out().flush();
        }
    }

    private @org.jspecify.annotations.Nullable InetSocketAddress address() {
        int colon = listen.lastIndexOf(':');
        try {
            String host = listen.substring(0, Math.max(0, colon)).replaceAll("[\\[\\]]", "");
            int port = Integer.parseInt(listen.substring(colon + 1));
            return host.isEmpty() ? null : new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (IllegalArgumentException | IOException e) {
            return null;
        }
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Ctrl-C and a service manager's stop end the process; the hook lets answers go out first. */
    private static void waitUntilStopped() throws InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        Thread main = Thread.currentThread();
        Thread hook = new Thread(() -> {
            stop.countDown();
            try {
                main.join(5000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        stop.await();
    }
}
