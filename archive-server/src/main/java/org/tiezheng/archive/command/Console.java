package org.tiezheng.archive.command;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Finds the verb and runs it. Results go to standard output, errors to standard error, in Chinese or English. Exit codes:
 * {@link ExitCode}.
 */
public final class Console {
    /** Beginnings of settings that may be given on the command line. */
    private static final List<String> SETTINGS = List.of(
            "--tiezheng.", "--server.", "--spring.", "--logging.", "--management.", "--db-scheduler.", "--springdoc.");

    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final Clock clock;
    private Texts texts;
    private List<String> settings = List.of();

    public Console(PrintStream out, PrintStream err, Map<String, String> environment, Clock clock) {
        this.out = out;
        this.err = err;
        this.environment = Map.copyOf(environment);
        this.clock = clock;
        this.texts = Texts.ofEnvironment(environment);
    }

    /**
     * Runs the verb, which is {@code serve} if there is none.
     *
     * @param server the class that makes the server, for {@code serve}
     * @return the exit code; of {@code serve} when the server has stopped
     */
    public int run(Class<?> server, String... given) {
        // The language of help and errors must be known before anything is parsed.
        for (int i = 0; i + 1 < given.length; i++) {
            if (given[i].equals("--ui-lang")) {
                texts = Texts.of(given[i + 1]);
            }
        }
        List<String> forSpring = new ArrayList<>();
        List<String> rest = new ArrayList<>();
        separate(given, forSpring, rest);
        settings = List.copyOf(forSpring);
        String[] arguments = rest.toArray(String[]::new);
        boolean verbless = arguments.length == 0
                || arguments[0].startsWith("-") && !arguments[0].equals("--help") && !arguments[0].equals("-h");
        String[] whole = arguments;
        if (verbless) {
            whole = new String[arguments.length + 1];
            whole[0] = "serve";
            System.arraycopy(arguments, 0, whole, 1, arguments.length);
        }
        return new CommandLine(new Root())
                .addSubcommand(new ServeCommand(this, server))
                .addSubcommand(new VerifyChainCommand(this))
                .addSubcommand(new CheckStoreCommand(this))
                .addSubcommand(new BackupCommand(this))
                .addSubcommand(new RestoreCommand(this))
                .addSubcommand(new UserCommand(this))
                .addSubcommand(new DemoCommand(this, server))
                .setResourceBundle(texts.bundle())
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((wrong, parsed) -> {
                    err.println(texts.get("error.usage", String.valueOf(wrong.getMessage())));
                    return ExitCode.USAGE;
                })
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure))
                .execute(whole);
    }

    /**
     * Takes settings in their long form out of the arguments, whatever the verb: {@code --tiezheng.store.kind=s3}, and the same as
     * two arguments, which Spring alone would not understand.
     */
    private static void separate(String[] given, List<String> settings, List<String> rest) {
        for (int i = 0; i < given.length; i++) {
            String argument = given[i];
            if (SETTINGS.stream().noneMatch(argument::startsWith)) {
                rest.add(argument);
            } else if (argument.indexOf('=') > 0) {
                settings.add(argument);
            } else if (i + 1 < given.length && !given[i + 1].startsWith("--")) {
                i++;
                settings.add(argument + "=" + given[i]);
            } else {
                // A switch, as Spring reads it.
                settings.add(argument + "=true");
            }
        }
    }

    private int failed(Exception failure) {
        if (failure instanceof UserError) {
            err.println(failure.getMessage());
            return ExitCode.USAGE;
        }
        if (failure instanceof IOException || failure instanceof SQLException) {
            err.println(texts.get("error.failed", String.valueOf(failure.getMessage())));
            return ExitCode.FAILED;
        }
        LoggerFactory.getLogger(Console.class).error("internal error", failure);
        err.println(texts.get("error.failed", failure.toString()));
        return ExitCode.FAILED;
    }

    Texts texts() {
        return texts;
    }

    /** Settings given on the command line, as they were. */
    List<String> settings() {
        return settings;
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }

    Clock clock() {
        return clock;
    }

    Map<String, String> environment() {
        return environment;
    }

    /** Something the user must change; the message is a finished text. */
    static final class UserError extends Exception {
        private static final long serialVersionUID = 1;

        UserError(String text) {
            super(text);
        }
    }

    @Command(name = "archive-server", mixinStandardHelpOptions = true)
    private static final class Root {}

    static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
