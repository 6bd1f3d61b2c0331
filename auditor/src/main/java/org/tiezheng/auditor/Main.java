package org.tiezheng.auditor;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import org.tiezheng.auditor.audit.AuditCommand;
import org.tiezheng.auditor.cli.Program;
import org.tiezheng.auditor.monitor.MonitorCommand;
import org.tiezheng.auditor.witness.WitnessCommand;

/** Starts the command line: the one place that knows all commands. Output is UTF-8 whatever the locale. */
public final class Main {
    private static final List<Program.Verb> VERBS = List.of(
            new Program.Verb("org.tiezheng.auditor.audit.messages", AuditCommand::new),
            new Program.Verb("org.tiezheng.auditor.monitor.messages", MonitorCommand::new),
            new Program.Verb(WitnessCommand.BUNDLE, WitnessCommand::new));

    private Main() {}

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        System.exit(run(List.of(args), out, err, Clock.systemUTC(), System.console() != null));
    }

    /**
     * Runs one command.
     *
     * @param interactive whether {@code err} is a terminal
     * @return the command's exit code; 3 for a command line that cannot be understood
     */
    public static int run(List<String> args, PrintWriter out, PrintWriter err, Clock clock, boolean interactive) {
        return Program.run(VERBS, args, out, err, clock, interactive);
    }
}
