package org.tiezheng.verifier;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import org.tiezheng.verifier.cli.RootCommand;

/** Starts the command line. Output is UTF-8 whatever the locale, since reports are in Chinese. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        System.exit(RootCommand.run(List.of(args), out, err, Clock.systemUTC(), System.console() != null));
    }
}
