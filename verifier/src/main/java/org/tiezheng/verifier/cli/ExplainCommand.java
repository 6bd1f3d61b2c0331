package org.tiezheng.verifier.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.tiezheng.evidence.Code;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code explain CODE|all}. */
@Command(name = "explain", description = "${bundle:help.explain}")
final class ExplainCommand implements Callable<Integer> {
    @Parameters(paramLabel = "CODE", description = "${bundle:help.explain.code}")
    private String code = "";

    private final Terminal terminal;

    ExplainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        String wanted = code.toUpperCase(Locale.ROOT);
        List<Code> codes = Arrays.stream(Code.values())
                .filter(c -> wanted.equals("ALL") || c.name().equals(wanted))
                .toList();
        if (codes.isEmpty()) {
            return terminal.error("explain.unknown", Printable.of(code));
        }
        for (Code one : codes) {
            if (one != codes.get(0)) {
                terminal.out().println();
            }
            Messages messages = terminal.messages();
            terminal.out().println(one + "  " + messages.code(one, "title"));
            for (String part : List.of("meaning", "consequence", "action")) {
                terminal.out().println("  " + messages.get("explain." + part, messages.code(one, part)));
            }
        }
        return Terminal.VALID;
    }
}
