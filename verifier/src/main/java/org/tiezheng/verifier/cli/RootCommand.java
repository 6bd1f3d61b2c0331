package org.tiezheng.verifier.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program: parses the command line, chooses the language, runs one command. */
@Command(
        name = "tiezheng-verifier",
        description = "${bundle:help.main}",
        footer = "${bundle:help.exit}",
        synopsisSubcommandLabel = "COMMAND")
public final class RootCommand {
    @Option(names = Messages.LANG, paramLabel = "zh|en", scope = ScopeType.INHERIT, description = "${bundle:help.lang}")
    private String language = Messages.Language.ZH.option();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "${bundle:help.help}")
    private boolean help;

    private RootCommand() {}

    /**
     * Runs the program.
     *
     * @param interactive whether {@code err} is a terminal
     * @return exit code: 0 VALID, 1 INVALID, 2 INDETERMINATE, 3 usage or I/O error
     */
    public static int run(List<String> args, PrintWriter out, PrintWriter err, Clock clock, boolean interactive) {
        Optional<Messages.Language> language = Messages.Language.of(args);
        Messages messages = new Messages(language.orElse(Messages.Language.ZH));
        Terminal terminal = new Terminal(out, err, messages, clock, interactive);
        if (language.isEmpty()) {
            int exit = terminal.error(
                    "error.lang", Printable.of(Messages.Language.asked(args).orElse("")));
            err.flush();
            return exit;
        }
        CommandLine program = new CommandLine(new RootCommand())
                .addSubcommand(new VerifyCommand(terminal))
                .addSubcommand(new ExplainCommand(terminal))
                .addSubcommand(new InspectCommand(terminal))
                .setResourceBundle(messages.bundle());
        return terminal.run(program, args);
    }
}
