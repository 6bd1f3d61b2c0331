package org.tiezheng.verifier.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.verifier.LogTrust;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code verify FILE… [--trust PEM…] [--log-policy POLICY [--log DIR]] [--algorithm-policy FILE] [--time INSTANT] [--json] [--sm3] [--deep] [--quiet]}. */
@Command(name = "verify", description = "${bundle:help.verify}", footer = "${bundle:help.exit}")
final class VerifyCommand implements Callable<Integer> {
    /** Smaller files are done before anyone could read a percentage. */
    private static final long PROGRESS_FROM_BYTES = 256L << 20;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "${bundle:help.verify.files}")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--trust", paramLabel = "PEM", arity = "1", description = "${bundle:help.verify.trust}")
    private List<Path> trust = new ArrayList<>();

    @Option(names = "--log-policy", paramLabel = "POLICY", description = "${bundle:help.verify.logPolicy}")
    private @Nullable Path logPolicy;

    @Option(names = "--log", paramLabel = "DIR", description = "${bundle:help.verify.log}")
    private @Nullable Path logFolder;

    @Option(names = "--algorithm-policy", paramLabel = "FILE", description = "${bundle:help.verify.algorithmPolicy}")
    private @Nullable Path algorithmPolicy;

    @Option(names = "--time", paramLabel = "INSTANT", description = "${bundle:help.verify.time}")
    private @Nullable String time;

    @Option(names = "--json", description = "${bundle:help.verify.json}")
    private boolean json;

    @Option(names = "--sm3", description = "${bundle:help.verify.sm3}")
    private boolean sm3;

    @Option(names = "--deep", description = "${bundle:help.verify.deep}")
    private boolean deep;

    @Option(names = "--quiet", description = "${bundle:help.verify.quiet}")
    private boolean quiet;

    private final Terminal terminal;

    VerifyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Instant at = terminal.clock().instant();
        if (time != null) {
            try {
                at = Instant.parse(time);
            } catch (DateTimeParseException e) {
                return terminal.error("error.time", Printable.of(time));
            }
        }
        TrustAnchors anchors = TrustAnchors.none();
        for (Path file : trust) {
            String problem = InputFile.problem(file, terminal.messages());
            if (problem != null) {
                terminal.err().println(problem);
                return Terminal.ERROR;
            }
            try {
                anchors = anchors.and(TrustAnchors.ofFiles(List.of(file)));
            } catch (IOException e) {
                return terminal.error(
                        "error.trust", Printable.of(file.toString()), Printable.of(String.valueOf(e.getMessage())));
            }
        }
        Verifier verifier = new Verifier(anchors, Clock.fixed(at, ZoneOffset.UTC), new VerifierOptions(sm3, deep));
        if (algorithmPolicy != null) {
            try {
                verifier = verifier.with(AlgorithmPolicy.ofFile(algorithmPolicy));
            } catch (IOException e) {
                return terminal.error(
                        "error.algorithmPolicy",
                        Printable.of(algorithmPolicy.toString()),
                        Printable.of(String.valueOf(e.getMessage())));
            }
        }
        if (logPolicy == null && logFolder != null) {
            return terminal.error("error.logFolder");
        }
        if (logPolicy != null) {
            try {
                verifier = verifier.with(LogTrust.ofFiles(logPolicy, logFolder));
            } catch (IOException | MalformedLogException e) {
                return terminal.error(
                        "error.logPolicy",
                        Printable.of(logPolicy.toString()),
                        Printable.of(String.valueOf(e.getMessage())));
            }
        }
        return run(verifier, at);
    }

    private int run(Verifier verifier, Instant at) {
        Messages messages = terminal.messages();
        JsonReport jsonReport = new JsonReport(messages, at);
        TextReport text = new TextReport(messages, terminal.out());
        int worst = Terminal.VALID;
        for (Path file : files) {
            String problem = InputFile.problem(file, messages);
            Report report = null;
            if (problem == null) {
                try {
                    if (AuditReportFile.is(file)) {
                        problem = messages.get("error.auditReport", Printable.of(file.toString()));
                    } else {
                        report = verifier.verify(file, progress(file));
                    }
                } catch (IOException e) {
                    problem = InputFile.problem(file, e, messages);
                }
            }
            if (report == null) {
                String error = String.valueOf(problem);
                terminal.err().println(error);
                jsonReport.addError(file, error);
                worst = worse(worst, Terminal.ERROR);
            } else {
                jsonReport.add(file, report);
                worst = worse(worst, exitCode(report.verdict()));
                if (!json) {
                    if (files.size() > 1) {
                        terminal.out().println(messages.get("summary.file", Printable.of(file.toString())));
                    }
                    text.print(report, quiet);
                }
            }
        }
        if (json) {
            terminal.out().println(jsonReport);
        }
        return worst;
    }

    private Verifier.Progress progress(Path file) {
        if (!terminal.interactive()) {
            return (read, of) -> {};
        }
        int[] shown = {-1};
        return (read, of) -> {
            int percent = (int) (read * 100 / of);
            if (of >= PROGRESS_FROM_BYTES && percent != shown[0]) {
                shown[0] = percent;
                String name = Printable.of(String.valueOf(file.getFileName()));
                terminal.err().print("\r" + terminal.messages().get("progress", name, percent));
                terminal.err().print(read == of ? "\r\n" : "");
                terminal.err().flush();
            }
        };
    }

    static int exitCode(Verdict verdict) {
        return switch (verdict) {
            case VALID -> Terminal.VALID;
            case INVALID -> Terminal.INVALID;
            case INDETERMINATE -> Terminal.INDETERMINATE;
        };
    }

    /** From best to worst: VALID, INDETERMINATE, INVALID, error (something was not verified at all). */
    private static int worse(int one, int other) {
        List<Integer> order = List.of(Terminal.VALID, Terminal.INDETERMINATE, Terminal.INVALID, Terminal.ERROR);
        return order.indexOf(one) >= order.indexOf(other) ? one : other;
    }
}
