package org.tiezheng.verifier.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What commands need of the outside: streams, texts, time.
 *
 * @param interactive whether {@code err} is a terminal, so that progress may be shown
 */
public record Terminal(PrintWriter out, PrintWriter err, Messages messages, Clock clock, boolean interactive) {
    public static final int VALID = 0;
    public static final int INVALID = 1;
    public static final int INDETERMINATE = 2;
    /** Usage or I/O error. */
    public static final int ERROR = 3;

    /** Enough of a stack to find the fault. */
    private static final int FRAMES = 4;

    /** Prints an error text; returns {@link #ERROR}. */
    public int error(String key, Object... values) {
        err.println(messages.get(key, values));
        return ERROR;
    }

    /**
     * Runs a program: its errors are plain words, wrong usage comes with what may have been meant, and a fault of ours is one line to report,
     * with the places it came through.
     *
     * @param program with its subcommands
     */
    public int run(CommandLine program, List<String> args) {
        program.setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, unused) -> {
                    int exit = error("error.usage", Printable.of(String.valueOf(e.getMessage())));
                    CommandLine command = e.getCommandLine();
                    List<String> meant = meant(command);
                    if (!meant.isEmpty()) {
                        error("error.meant", String.join(", ", meant));
                    }
                    return error("error.help", command.getCommandSpec().qualifiedName());
                })
                .setExecutionExceptionHandler(
                        (e, unused, unusedResult) -> error("error.internal", Printable.of(onOneLine(e))));
        int exit;
        if (args.isEmpty()) {
            program.usage(err);
            exit = ERROR;
        } else {
            exit = program.execute(args.toArray(new String[0]));
        }
        out.flush();
        err.flush();
        return exit;
    }

    /** Names that there are, like one that there is not. */
    private static List<String> meant(CommandLine command) {
        List<String> unknown = command.getUnmatchedArguments();
        return unknown.isEmpty() ? List.of() : new UnmatchedArgumentException(command, unknown).getSuggestions();
    }

    private static String onOneLine(Throwable fault) {
        String places = Arrays.stream(fault.getStackTrace())
                .limit(FRAMES)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(" < "));
        Throwable cause = fault.getCause();
        return fault + " at " + places + (cause == null || cause == fault ? "" : "; because of " + onOneLine(cause));
    }
}
