package org.tiezheng.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.tiezheng.capture.browser.Janitor;

/** What earlier runs left, told at the start of this one. */
final class Leftovers {
    private Leftovers() {}

    static void report(List<DataFolder.Leftover> found, DataFolder data, Texts texts, Consumer<String> line) {
        for (DataFolder.Leftover leftover : found) {
            WorkFolder.Status status = leftover.status();
            line.accept(texts.get(
                    "leftover." + leftover.kind(),
                    status.id().toString(),
                    status.url(),
                    data.workOf(status.id()).toString(),
                    data.root().toString()));
        }
    }

    /** Ends browsers of dead agents and removes their folders. */
    static void janitor(Path tempRoot, Texts texts, Consumer<String> line) throws IOException {
        Janitor.Report report = Janitor.cleanUp(tempRoot);
        if (!report.killed().isEmpty() || !report.deleted().isEmpty()) {
            line.accept(texts.get(
                    "leftover.browser", report.killed().size(), report.deleted().size()));
        }
        if (!report.failed().isEmpty()) {
            line.accept(texts.get("leftover.browser.failed", String.join("; ", report.failed())));
        }
    }
}
