package org.tiezheng.archive.filing;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.filing.Filing.Choice;
import org.tiezheng.archive.filing.Filing.RefusedException;
import org.tiezheng.archive.filing.FilingRunner.Control;
import org.tiezheng.archive.filing.check.CheckOutcome;
import org.tiezheng.archive.filing.check.CheckRun;

/**
 * Checks the packages of a task one after the other and, if asked, files those that may be.
 *
 * <p>What a crash leaves: a package whose check was done and that was not filed is checked again; one that was filed is not looked at
 * again ({@code FILED_ALREADY} is written where the row of the item was not).
 */
final class FileWork implements FilingRunner.Work {
    private final FilingTask.Kind kind;
    private final FilingTasks tasks;
    private final Filing filing;
    private final FiledRegister register;
    private final FilingDesk desk;
    private final EvidenceCatalogue catalogue;

    FileWork(
            FilingTask.Kind kind,
            FilingTasks tasks,
            Filing filing,
            FiledRegister register,
            FilingDesk desk,
            EvidenceCatalogue catalogue) {
        this.kind = kind;
        this.tasks = tasks;
        this.filing = filing;
        this.register = register;
        this.desk = desk;
        this.catalogue = catalogue;
    }

    @Override
    public FilingTask.Kind kind() {
        return kind;
    }

    @Override
    public void run(FilingTask task, Control control) throws IOException {
        long bytes = 0;
        int done = 0;
        for (FilingItem item : all(task)) {
            control.progress(done, bytes);
            Evidence evidence = catalogue.find(item.evidenceId()).orElse(null);
            if (item.state() == FilingItem.State.QUEUED) {
                if (evidence == null) {
                    control.change(
                            item, FilingItem.State.REFUSED, Filing.Refusal.NO_SUCH_EVIDENCE.name(), item.runId());
                } else {
                    int soFar = done;
                    long before = bytes;
                    Progress progress = (read, of) -> control.progress(soFar, before + read);
                    if (kind == FilingTask.Kind.FILE) {
                        file(task, item, evidence, control, progress);
                    } else {
                        check(task, item, evidence, control, progress);
                    }
                }
            }
            done++;
            bytes += evidence == null ? 0 : evidence.packageBytes();
        }
        control.progress(done, bytes);
    }

    private interface Progress extends org.tiezheng.archive.filing.check.FourPropertyCheck.Progress {}

    private List<FilingItem> all(FilingTask task) {
        return tasks.items(task.id(), 0, Integer.MAX_VALUE);
    }

    private void check(FilingTask task, FilingItem item, Evidence evidence, Control control, Progress progress)
            throws IOException {
        try {
            Optional<CheckRun> run = desk.checkAgain(evidence, task.requestedBy(), progress);
            if (run.isEmpty()) {
                control.change(item, FilingItem.State.REFUSED, Filing.Refusal.NO_SUCH_FONDS.name(), null);
            } else {
                control.change(
                        item,
                        FilingItem.State.CHECKED,
                        String.valueOf(run.get().outcome()),
                        run.get().id());
            }
        } catch (RefusedException refused) {
            control.change(item, FilingItem.State.REFUSED, refused.refusal().name(), null);
        }
    }

    private void file(FilingTask task, FilingItem item, Evidence evidence, Control control, Progress progress)
            throws IOException {
        Actor by = task.requestedBy();
        Choice choice = FilingDesk.choice(task.parameters());
        String reason = text(task, "reason");
        Optional<Filing.Refusal> refusal = filing.refusal(evidence, by);
        if (refusal.isPresent()) {
            refused(task, item, refusal.get(), null, control);
            return;
        }
        CheckRun run = null;
        try {
            run = desk.checkForFiling(evidence, choice, by, progress);
            if (desk.allows(run, reason)) {
                Filed filed = desk.file(run, choice, reason, by);
                control.change(item, FilingItem.State.FILED, filed.archivalCode(), run.id());
            } else {
                CheckOutcome outcome = desk.outcome(run);
                control.change(
                        item,
                        outcome == CheckOutcome.BLOCK ? FilingItem.State.BLOCKED : FilingItem.State.OPEN,
                        outcome.name(),
                        run.id());
            }
        } catch (RefusedException refused) {
            refused(task, item, refused.refusal(), run == null ? null : run.id(), control);
        }
    }

    /** What was filed by this very task, by a server that died before it wrote so, is filed: its own code is no refusal. */
    private void refused(
            FilingTask task, FilingItem item, Filing.Refusal refusal, @Nullable UUID run, Control control) {
        Optional<Filed> own = refusal == Filing.Refusal.FILED_ALREADY
                ? register.find(item.evidenceId())
                        .filter(filed -> !filed.filedAt().isBefore(task.createdAt())
                                && filed.filedBy().equals(task.requestedBy().id()))
                : Optional.empty();
        if (own.isPresent()) {
            control.change(
                    item,
                    FilingItem.State.FILED,
                    own.get().archivalCode(),
                    own.get().runId());
        } else {
            control.change(item, FilingItem.State.REFUSED, refusal.name(), run);
        }
    }

    static @Nullable String text(FilingTask task, String name) {
        String text = task.parameters().path(name).asString("");
        return text.isEmpty() ? null : text;
    }
}
