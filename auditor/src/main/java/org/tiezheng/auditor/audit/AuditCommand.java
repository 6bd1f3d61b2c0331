package org.tiezheng.auditor.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tiezheng.auditor.cli.Causes;
import org.tiezheng.auditor.cli.StoreFile;
import org.tiezheng.auditor.log.KeptCheckpoints;
import org.tiezheng.auditor.log.LogFiles;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.trust.AlgorithmPolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.verifier.cli.Printable;
import org.tiezheng.verifier.cli.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code audit --store STORE [--copy STORE…] --log LOG --trust PEM… [--log-policy FILE] …}. */
@Command(name = "audit", description = "${bundle:help.audit}", footer = "${bundle:help.exit}")
public final class AuditCommand implements Callable<Integer> {
    private static final long MAX_POLICY_BYTES = 1 << 20;

    @Option(names = "--store", required = true, paramLabel = "STORE", description = "${bundle:help.store}")
    private Path store = Path.of("");

    @Option(names = "--copy", arity = "1", paramLabel = "STORE", description = "${bundle:help.copy}")
    private List<Path> copies = new ArrayList<>();

    @Option(names = "--log", required = true, paramLabel = "LOG", description = "${bundle:help.log}")
    private String log = "";

    @Option(names = "--trust", arity = "1", paramLabel = "PEM", description = "${bundle:help.trust}")
    private List<Path> trust = new ArrayList<>();

    @Option(names = "--log-policy", paramLabel = "FILE", description = "${bundle:help.logPolicy}")
    private @Nullable Path logPolicy;

    @Option(names = "--algorithm-policy", paramLabel = "FILE", description = "${bundle:help.algorithmPolicy}")
    private @Nullable Path algorithmPolicy;

    @Option(names = "--since", arity = "1", paramLabel = "FILE", description = "${bundle:help.since}")
    private List<Path> since = new ArrayList<>();

    @Option(names = "--register", paramLabel = "FILE", description = "${bundle:help.register}")
    private @Nullable Path register;

    @Option(names = "--sample", paramLabel = "all|N/SEED", description = "${bundle:help.sample}")
    private String sample = "all";

    @Option(names = "--time", paramLabel = "INSTANT", description = "${bundle:help.time}")
    private @Nullable String time;

    @Option(names = "--json", paramLabel = "FILE", description = "${bundle:help.json}")
    private @Nullable Path json;

    @Option(names = "--resume", paramLabel = "FOLDER", description = "${bundle:help.resume}")
    private @Nullable Path resume;

    @Option(names = "--threads", paramLabel = "N", description = "${bundle:help.threads}")
    private int threads = 2;

    private final Terminal terminal;

    public AuditCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Sample drawn = Sample.parse(sample).orElse(null);
        if (drawn == null) {
            return terminal.error("error.sample", Printable.of(sample));
        }
        if (threads < 1 || threads > 64) {
            return terminal.error("error.threads");
        }
        List<ObjectStore> opened = new ArrayList<>();
        try {
            Audit.Place place = place("", store, opened);
            List<Audit.Place> others = new ArrayList<>();
            for (int i = 0; i < copies.size(); i++) {
                others.add(place("copy-" + (i + 1), copies.get(i), opened));
            }
            TrustAnchors anchors = trust.isEmpty() ? TrustAnchors.none() : TrustAnchors.ofFiles(trust);
            List<Checkpoint> earlier = new ArrayList<>();
            for (Path file : since) {
                earlier.addAll(KeptCheckpoints.read(file));
            }
            return run(place, others, anchors, earlier, drawn);
        } catch (DateTimeParseException e) {
            return terminal.error("error.time", Printable.of(String.valueOf(time)));
        } catch (IOException | MalformedLogException | IllegalArgumentException e) {
            return terminal.error("error.stopped", Causes.of(e, terminal.messages()));
        } finally {
            opened.forEach(AuditCommand::close);
        }
    }

    private Audit.Place place(String name, Path path, List<ObjectStore> opened) throws IOException {
        ObjectStore one = StoreFile.open(name.isEmpty() ? "store" : name, path, terminal.clock());
        opened.add(one);
        return new Audit.Place(name, one);
    }

    private static void close(ObjectStore store) {
        if (store instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception readOnly) {
                // Nothing was written that could be lost.
            }
        }
    }

    private int run(
            Audit.Place place, List<Audit.Place> others, TrustAnchors anchors, List<Checkpoint> earlier, Sample drawn)
            throws IOException, MalformedLogException {
        try (LogFiles files = LogFiles.of(log, terminal.clock());
                Work work = resume == null ? Work.temporary() : Work.in(resume)) {
            Thread hook = new Thread(() -> stopped(work));
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                return run(work, files, place, others, anchors, earlier, drawn);
            } finally {
                remove(hook);
            }
        }
    }

    /** Ctrl-C may have come in between: then the hook runs, and this thread ends with the program. */
    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // As said above.
        }
    }

    private int run(
            Work work,
            LogFiles files,
            Audit.Place place,
            List<Audit.Place> others,
            TrustAnchors anchors,
            List<Checkpoint> earlier,
            Sample drawn)
            throws IOException, MalformedLogException {
        AlgorithmPolicy algorithms =
                algorithmPolicy == null ? AlgorithmPolicy.standard() : AlgorithmPolicy.ofFile(algorithmPolicy);
        byte[] policyText = logPolicy == null ? new byte[0] : small(logPolicy);
        LogPolicy policy = logPolicy == null ? null : policy(logPolicy, policyText);
        Pinned pinned = Pinned.of(
                work,
                files,
                time == null ? terminal.clock().instant() : Instant.parse(time),
                Pinned.subject(
                        place.store(),
                        others.stream().map(Audit.Place::store).toList(),
                        log,
                        policyText,
                        algorithmPolicy == null ? new byte[0] : small(algorithmPolicy),
                        anchors,
                        earlier,
                        register,
                        drawn));
        Audit.Input input = new Audit.Input(
                place,
                others,
                files,
                pinned.checkpoint(),
                policy,
                earlier,
                anchors,
                algorithms,
                drawn,
                threads,
                register,
                pinned.now());
        Reports reports = new Reports(terminal, input, place.store().describe().location());
        new Audit(input, work, new ProgressLine(terminal)).run();
        Verdict verdict = reports.print(work);
        if (json != null) {
            reports.writeJson(work, json);
        }
        return switch (verdict) {
            case VALID -> Terminal.VALID;
            case INVALID -> Terminal.INVALID;
            case INDETERMINATE -> Terminal.INDETERMINATE;
        };
    }

    /** Ctrl-C: nothing is lost that was asked to be kept. */
    private void stopped(Work work) {
        try {
            work.close();
        } catch (IOException leftForTheSystem) {
            // In the folder for temporary files.
        }
        terminal.err()
                .println(
                        resume == null
                                ? terminal.messages().get("stopped")
                                : terminal.messages().get("stopped.resume", Printable.of(resume.toString())));
        terminal.err().flush();
    }

    private static LogPolicy policy(Path file, byte[] text) throws IOException {
        try {
            return LogPolicy.parse(text);
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
}
