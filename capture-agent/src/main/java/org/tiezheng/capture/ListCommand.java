package org.tiezheng.capture;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code list}: work in progress, waiting for its seal, or interrupted. */
@Command(name = "list")
final class ListCommand implements Callable<Integer> {
    private final Main.Console console;

    @Mixin
    private SharedOptions shared = new SharedOptions();

    ListCommand(Main.Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, UserError {
        DataFolder data = shared.openData(console);
        Texts texts = console.texts();
        Leftovers.janitor(console.tempRoot(), texts, console::error);
        Leftovers.report(data.recover(), data, texts, console::error);
        List<WorkFolder.Status> all = data.statuses();
        if (shared.json()) {
            console.out()
                    .println(org.tiezheng.capture.record.CaptureJson.mapper().writeValueAsString(all));
            return 0;
        }
        if (all.isEmpty()) {
            console.out().println(texts.get("list.none"));
        }
        for (WorkFolder.Status status : all) {
            boolean running = WorkFolder.isHeld(data.workOf(status.id()));
            console.out()
                    .println(texts.get(
                            "list.line",
                            status.id().toString(),
                            texts.get("state." + status.state()) + (running ? texts.get("state.running") : ""),
                            org.tiezheng.capture.record.CaptureJson.time(status.startedAt()),
                            status.url()));
        }
        return 0;
    }
}
