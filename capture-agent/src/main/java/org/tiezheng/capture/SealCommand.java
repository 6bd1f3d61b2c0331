package org.tiezheng.capture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code seal --resume [ID…]}: seals what waits. */
@Command(name = "seal")
final class SealCommand implements Callable<Integer> {
    private final Main.Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    @Option(names = "--resume", required = true, descriptionKey = "resume")
    private boolean resume;

    @Parameters(paramLabel = "ID", arity = "0..*", descriptionKey = "resume.ids")
    private List<UUID> ids = new ArrayList<>();

    SealCommand(Main.Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, UserError {
        Texts texts = console.texts();
        DataFolder data = shared.openData(console);
        Authorities authorities = shared.openAuthorities(data, console);
        // Also promotes work that died right after its WACZ was complete.
        Leftovers.janitor(console.tempRoot(), texts, console::error);
        Leftovers.report(data.recover(), data, texts, console::error);
        List<UUID> wanted = ids.isEmpty() ? waiting(data) : ids;
        ResultPrinter printer = new ResultPrinter(
                console.out(), shared.json() ? console.err() : console.out(), texts, data, authorities);
        Sealing sealing = new Sealing(data, authorities, console.clock());
        List<CaptureResult> results = new ArrayList<>();
        int code = ExitCode.COMPLETE;
        for (UUID id : wanted) {
            Optional<WorkFolder> claimed = data.claim(id);
            if (claimed.isEmpty()) {
                boolean busy = java.nio.file.Files.isDirectory(data.workOf(id));
                console.error(texts.get(busy ? "error.seal.busy" : "error.seal.unknown", id.toString()));
                code = ExitCode.worse(code, ExitCode.USAGE);
                continue;
            }
            try (WorkFolder work = claimed.get()) {
                if (!work.isAssembled()) {
                    console.error(texts.get("error.seal.unknown", id.toString()));
                    code = ExitCode.worse(code, ExitCode.USAGE);
                    continue;
                }
                CaptureResult result = sealed(sealing, work, id);
                results.add(result);
                code = ExitCode.worse(code, result.exitCode());
                printer.print(result);
            }
        }
        if (wanted.isEmpty()) {
            (shared.json() ? console.err() : console.out()).println(texts.get("seal.none"));
        }
        if (shared.json()) {
            printer.json(results);
        }
        return code;
    }

    /** A disk that fails leaves the capture waiting, and does not keep the others from their seal. */
    private static CaptureResult sealed(Sealing sealing, WorkFolder work, UUID id) throws IOException {
        try {
            return sealing.seal(work);
        } catch (IOException e) {
            String url = work.status().map(WorkFolder.Status::url).orElse("");
            return CaptureResult.ended(id, url, WorkState.SEALING, StepRunner.describe(e));
        }
    }

    private static List<UUID> waiting(DataFolder data) throws IOException {
        return data.statuses().stream()
                .filter(status -> status.state() == WorkState.SEALING)
                .map(WorkFolder.Status::id)
                .toList();
    }
}
