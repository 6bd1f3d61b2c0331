package org.tiezheng.auditor.monitor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.cli.Causes;
import org.tiezheng.auditor.cli.StoreFile;
import org.tiezheng.auditor.log.LogFiles;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.verifier.cli.Printable;
import org.tiezheng.verifier.cli.Terminal;
import org.tiezheng.verifier.cli.Times;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code monitor --log URL --state FILE [--log-policy FILE] [--store STORE] [--every 10m | --once]}. */
@Command(name = "monitor", description = "${bundle:help.monitor}", footer = "${bundle:help.exit}")
public final class MonitorCommand implements Callable<Integer> {
    private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,5})([smh])");
    private static final long MAX_POLICY_BYTES = 1 << 20;
    private static final Duration LONGEST_PAUSE = Duration.ofDays(1);
    private static final Duration OLDEST = Duration.ofDays(366);

    @Option(names = "--log", required = true, paramLabel = "LOG", description = "${bundle:help.log}")
    private String log = "";

    @Option(names = "--state", required = true, paramLabel = "FILE", description = "${bundle:help.state}")
    private Path state = Path.of("");

    @Option(names = "--log-policy", paramLabel = "FILE", description = "${bundle:help.logPolicy}")
    private @Nullable Path logPolicy;

    @Option(names = "--store", paramLabel = "STORE", description = "${bundle:help.store}")
    private @Nullable Path store;

    @Option(names = "--deep", description = "${bundle:help.deep}")
    private boolean deep;

    @Option(names = "--fresh", paramLabel = "48h|never", description = "${bundle:help.fresh}")
    private String fresh = "48h";

    @Option(names = "--every", paramLabel = "10m", description = "${bundle:help.every}")
    private String every = "10m";

    @Option(names = "--once", description = "${bundle:help.once}")
    private boolean once;

    @Option(names = "--quiet", description = "${bundle:help.quiet}")
    private boolean quiet;

    private final Terminal terminal;

    public MonitorCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Duration pause = duration(every, LONGEST_PAUSE);
        if (pause == null) {
            return terminal.error("error.every", Printable.of(every));
        }
        boolean anyAge = fresh.equals("never");
        Duration oldest = anyAge ? null : duration(fresh, OLDEST);
        if (!anyAge && oldest == null) {
            return terminal.error("error.fresh", Printable.of(fresh));
        }
        if (deep && store == null) {
            return terminal.error("error.deep");
        }
        ObjectStore objects = null;
        try (Journal journal = Journal.open(state);
                LogFiles files = LogFiles.of(log, terminal.clock())) {
            LogPolicy policy = logPolicy == null ? null : policy(logPolicy);
            objects = store == null ? null : StoreFile.open("store", store, terminal.clock());
            terminal.out()
                    .println(terminal.messages()
                            .get(
                                    "begin",
                                    Printable.of(files.place()),
                                    journal.tree().size(),
                                    journal.checkpoints()));
            if (policy == null) {
                terminal.out().println(terminal.messages().get("noPolicy"));
            }
            return follow(files, policy, objects, journal, new Round.Wanted(oldest, deep), pause);
        } catch (IOException | IllegalArgumentException e) {
            return terminal.error("error.stopped", Causes.of(e, terminal.messages()));
        } finally {
            close(objects);
        }
    }

    /** Null if it is none. */
    private static @Nullable Duration duration(String text, Duration longest) {
        Matcher parts = DURATION.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        long number = Long.parseLong(parts.group(1));
        Duration asked = switch (parts.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
        return asked.compareTo(longest) > 0 ? null : asked;
    }

    private static LogPolicy policy(Path file) throws IOException {
        try {
            return LogPolicy.parse(small(file));
        } catch (MalformedLogException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static byte[] small(Path file) throws IOException {
        if (Files.size(file) > MAX_POLICY_BYTES) {
            throw new IOException(file + " is larger than " + MAX_POLICY_BYTES + " bytes");
        }
        return Files.readAllBytes(file);
    }

    private int follow(
            LogFiles files,
            @Nullable LogPolicy policy,
            @Nullable ObjectStore objects,
            Journal journal,
            Round.Wanted wanted,
            Duration pause)
            throws IOException {
        while (true) {
            Instant at = terminal.clock().instant().truncatedTo(ChronoUnit.SECONDS);
            String time = Times.beijing(at);
            try {
                Round.Outcome outcome = new Round(files, policy, objects, journal, wanted, at, this::entry).run();
                for (Alarm alarm : outcome.alarms()) {
                    terminal.err()
                            .println(terminal.messages()
                                    .get(
                                            "alarm",
                                            time,
                                            alarm.kind().name(),
                                            terminal.messages().get("alarm." + alarm.kind()),
                                            Printable.of(alarm.text())));
                }
                if (!outcome.alarms().isEmpty()) {
                    terminal.err().flush();
                    return Terminal.INVALID;
                }
                String key = objects == null ? "round" : deep ? "round.deep" : "round.objects";
                terminal.out()
                        .println(terminal.messages()
                                .get(key, time, outcome.size(), outcome.newEntries(), outcome.objects()));
                terminal.out().flush();
                if (once) {
                    return policy == null ? Terminal.INDETERMINATE : Terminal.VALID;
                }
            } catch (IOException e) {
                terminal.err().println(terminal.messages().get("unreachable", time, Causes.of(e, terminal.messages())));
                terminal.err().flush();
                if (once) {
                    return Terminal.ERROR;
                }
            }
            try {
                Thread.sleep(pause.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Terminal.ERROR;
            }
        }
    }

    private void entry(String line) {
        if (!quiet) {
            terminal.out().println(Printable.of(line.replace('\t', ' ')));
        }
    }

    private static void close(@Nullable ObjectStore store) {
        if (store instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception readOnly) {
                // Nothing was written that could be lost.
            }
        }
    }
}
