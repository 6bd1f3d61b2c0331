package org.tiezheng.capture;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line: {@code capture}, {@code seal}, {@code list}, {@code agent}. Results go to standard output, progress and errors to
 * standard error. Exit codes: {@link ExitCode}.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(new Console(
                        out,
                        err,
                        environment,
                        isTerminal(),
                        Path.of(System.getProperty("java.io.tmpdir", "/tmp")),
                        Clock.systemUTC())
                .run(arguments));
    }

    /** Whether somebody looks on. From JDK 22 on there is always a console, which then must be asked. */
    private static boolean isTerminal() {
        java.io.Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return Boolean.TRUE.equals(
                    java.io.Console.class.getMethod("isTerminal").invoke(console));
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** Everything a command needs of the outside world. */
    static final class Console {
        private final PrintStream out;
        private final PrintStream err;
        private final Map<String, String> environment;
        private final boolean terminal;
        private final Path tempRoot;
        private final Clock clock;
        private Texts texts;

        Console(
                PrintStream out,
                PrintStream err,
                Map<String, String> environment,
                boolean terminal,
                Path tempRoot,
                Clock clock) {
            this.out = out;
            this.err = err;
            this.environment = Map.copyOf(environment);
            this.terminal = terminal;
            this.tempRoot = tempRoot;
            this.clock = clock;
            this.texts = Texts.ofEnvironment(environment);
        }

        int run(String... arguments) {
            // The language of help and errors must be known before anything is parsed.
            for (int i = 0; i + 1 < arguments.length; i++) {
                if (arguments[i].equals("--ui-lang")) {
                    texts = Texts.of(arguments[i + 1]);
                }
            }
            CommandLine line = new CommandLine(new Root())
                    .addSubcommand(new CaptureCommand(this))
                    .addSubcommand(new SealCommand(this))
                    .addSubcommand(new ListCommand(this))
                    .addSubcommand(new AgentCommand(this))
                    .setResourceBundle(texts.bundle())
                    .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                    .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                    .setParameterExceptionHandler((wrong, given) -> {
                        error(texts.get(
                                "error.usage",
                                String.valueOf(wrong.getMessage()),
                                wrong.getCommandLine().getParent() == null
                                        ? "capture"
                                        : wrong.getCommandLine().getCommandName()));
                        return ExitCode.USAGE;
                    })
                    .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure));
            return line.execute(arguments);
        }

        private int failed(Exception failure) {
            if (failure instanceof UserError told) {
                error(told.text());
                return ExitCode.USAGE;
            }
            if (failure instanceof IOException) {
                error(texts.get("error.io", StepRunner.describe(failure)));
                return ExitCode.FAILED;
            }
            org.slf4j.LoggerFactory.getLogger(Main.class).error("internal error", failure);
            error(texts.get("error.unexpected", StepRunner.describe(failure), "stderr"));
            return ExitCode.FAILED;
        }

        Texts texts() {
            return texts;
        }

        PrintStream out() {
            return out;
        }

        PrintStream err() {
            return err;
        }

        boolean terminal() {
            return terminal;
        }

        /** Where browsers have their folders. */
        Path tempRoot() {
            return tempRoot;
        }

        Clock clock() {
            return clock;
        }

        void error(String text) {
            err.println(text);
            err.flush();
        }

        /** Empty if it is not set. */
        String environment(String name) {
            return environment.getOrDefault(name, "");
        }

        /** {@code --data}, else $TIEZHENG_HOME, else ~/.tiezheng. */
        Path dataFolder(@Nullable Path given) {
            if (given != null) {
                return given;
            }
            String home = environment.get("TIEZHENG_HOME");
            return home != null && !home.isEmpty()
                    ? Path.of(home)
                    : Path.of(System.getProperty("user.home", "."), ".tiezheng");
        }
    }

    @Command(
            name = "tiezheng",
            mixinStandardHelpOptions = false,
            subcommands = {CommandLine.HelpCommand.class})
    private static final class Root implements Runnable {
        @CommandLine.Spec
        private CommandLine.Model.@Nullable CommandSpec spec;

        @CommandLine.Option(
                names = {"-h", "--help"},
                usageHelp = true,
                descriptionKey = "help")
        private boolean help;

        @Override
        public void run() {
            if (spec != null) {
                spec.commandLine().usage(spec.commandLine().getErr());
            }
        }
    }
}
