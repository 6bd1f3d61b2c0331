package org.tiezheng.auditor.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.tiezheng.verifier.cli.Messages;
import org.tiezheng.verifier.cli.Printable;
import org.tiezheng.verifier.cli.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program: parses the command line, chooses the language, runs one command. */
@Command(
        name = "tiezheng-auditor",
        description = "${bundle:help.main}",
        footer = "${bundle:help.exit}",
        synopsisSubcommandLabel = "COMMAND")
public final class Program {
    private static final String BUNDLE = "org.tiezheng.auditor.cli.messages";

    /**
     * A command of its own texts.
     *
     * @param bundle name of its message bundle; it needs {@code help.lang}, {@code help.help} and {@code help.exit} too
     * @param command makes the picocli command; its terminal speaks with the texts of {@code bundle}
     */
    public record Verb(String bundle, Function<Terminal, Callable<Integer>> command) {}

    @Option(names = Messages.LANG, paramLabel = "zh|en", scope = ScopeType.INHERIT, description = "${bundle:help.lang}")
    private String language = Messages.Language.ZH.option();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "${bundle:help.help}")
    private boolean help;

    private Program() {}

    /**
     * Runs the program.
     *
     * @param interactive whether {@code err} is a terminal
     * @return exit code: that of the command, 3 for wrong usage or an error of ours
     */
    public static int run(
            List<Verb> verbs, List<String> args, PrintWriter out, PrintWriter err, Clock clock, boolean interactive) {
        Optional<Messages.Language> asked = Messages.Language.of(args);
        Messages.Language language = asked.orElse(Messages.Language.ZH);
        Messages messages = new Messages(BUNDLE, language);
        Terminal terminal = new Terminal(out, err, messages, clock, interactive);
        if (asked.isEmpty()) {
            int exit = terminal.error(
                    "error.lang", Printable.of(Messages.Language.asked(args).orElse("")));
            err.flush();
            return exit;
        }
        CommandLine program = new CommandLine(new Program()).setResourceBundle(messages.bundle());
        for (Verb verb : verbs) {
            Messages own = new Messages(verb.bundle(), language);
            Callable<Integer> command = verb.command().apply(new Terminal(out, err, own, clock, interactive));
            program.addSubcommand(new CommandLine(command).setResourceBundle(own.bundle()));
        }
        return terminal.run(program, args);
    }
}
