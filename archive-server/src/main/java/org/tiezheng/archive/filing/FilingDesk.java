package org.tiezheng.archive.filing;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidencePage;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.archive.filing.Filing.Choice;
import org.tiezheng.archive.filing.Filing.Proposal;
import org.tiezheng.archive.filing.Filing.RefusedException;
import org.tiezheng.archive.filing.check.CheckItem;
import org.tiezheng.archive.filing.check.CheckOutcome;
import org.tiezheng.archive.filing.check.CheckReport;
import org.tiezheng.archive.filing.check.CheckRun;
import org.tiezheng.archive.filing.check.CheckRuns;
import org.tiezheng.archive.filing.check.CodeState;
import org.tiezheng.archive.filing.check.FourPropertyCheck;
import org.tiezheng.archive.filing.check.Profile;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an archivist does: chooses, looks at what would be written, has it checked and filed, answers what was left open, has what was
 * filed checked again. Safe for use by many threads.
 */
public final class FilingDesk {
    private static final int PREVIEWED = 200;
    private static final int MAX_REASON = 1000;
    private static final Duration REPORT_LEAST = Duration.ofDays(365);

    private final Filing filing;
    private final FiledRegister register;
    private final FondsRegister fonds;
    private final FilingTasks tasks;
    private final EvidenceCatalogue catalogue;
    private final FourPropertyCheck check;
    private final CheckRuns runs;
    private final CheckReport reports;
    private final KeptObjects kept;
    private final LogQueue log;
    private final int maxPackages;
    private final Clock clock;

    public FilingDesk(
            Filing filing,
            FiledRegister register,
            FondsRegister fonds,
            FilingTasks tasks,
            EvidenceCatalogue catalogue,
            FourPropertyCheck check,
            CheckRuns runs,
            CheckReport reports,
            KeptObjects kept,
            LogQueue log,
            int maxPackages,
            Clock clock) {
        this.filing = filing;
        this.register = register;
        this.fonds = fonds;
        this.tasks = tasks;
        this.catalogue = catalogue;
        this.check = check;
        this.runs = runs;
        this.reports = reports;
        this.kept = kept;
        this.log = log;
        this.maxPackages = maxPackages;
        this.clock = clock;
    }

    /**
     * What is to be filed: exactly one of the three.
     *
     * @param evidenceId one package
     * @param caseNo all of a case that is confirmed and not filed
     * @param text all that a search finds and that is confirmed and not filed; empty: all
     */
    public record Selection(
            @Nullable UUID evidenceId,
            @Nullable String caseNo,
            @Nullable String text) {}

    /**
     * One row of what would be done.
     *
     * @param refusal why it would not be filed; then there is no proposal
     */
    public record Preview(Evidence evidence, @Nullable Proposal proposal, Filing.@Nullable Refusal refusal) {}

    /**
     * All of what would be done.
     *
     * @param total how many packages would be checked; {@code rows} shows the first of them
     */
    public record Plan(List<Preview> rows, int total) {
        public Plan {
            rows = List.copyOf(rows);
        }
    }

    /** Evidence that is confirmed and not filed, newest first. */
    public EvidencePage waiting(@Nullable Long cursor, int limit) {
        return catalogue.search(ready(null), cursor, limit);
    }

    private static EvidenceQuery ready(@Nullable String text) {
        return new EvidenceQuery(text, null, null, null, null, null, null, null, null, null, null, null, true, false)
                .filing(null, false);
    }

    private List<Evidence> chosen(Selection selection) {
        if (selection.evidenceId() != null) {
            UUID id = selection.evidenceId();
            return List.of(catalogue.find(id).orElseThrow(() -> Problem.notFound(id.toString())));
        }
        EvidenceQuery query = selection.caseNo() == null
                ? ready(selection.text() == null || selection.text().isBlank() ? null : selection.text())
                : EvidenceQuery.ofCase(selection.caseNo()).filing(null, false);
        List<Evidence> all = new ArrayList<>();
        Long cursor = null;
        do {
            EvidencePage page = catalogue.search(query, cursor, EvidenceCatalogue.MAX_LIMIT);
            all.addAll(page.items());
            cursor = page.next();
        } while (cursor != null && all.size() <= maxPackages);
        if (all.size() > maxPackages) {
            throw Problem.of(HttpStatus.CONFLICT, "filing.too-many", maxPackages);
        }
        // Oldest first: numbers grow in the order of archiving.
        all.sort(java.util.Comparator.comparingLong(Evidence::number));
        return all;
    }

    /** What {@link #start} would do. Changes nothing. */
    public Plan preview(Selection selection, Choice choice, Actor by) {
        List<Evidence> chosen = chosen(selection);
        List<Preview> rows = new ArrayList<>();
        for (Evidence evidence : chosen) {
            if (rows.size() >= PREVIEWED) {
                break;
            }
            Filing.Refusal refusal = filing.refusal(evidence, by).orElse(null);
            Proposal proposal = null;
            if (refusal == null) {
                try {
                    proposal = filing.propose(evidence, choice);
                } catch (RefusedException refused) {
                    refusal = refused.refusal();
                }
            }
            rows.add(new Preview(evidence, proposal, refusal));
        }
        return new Plan(rows, chosen.size());
    }

    /**
     * Has everything chosen checked, and filed where the check allows it.
     *
     * @param reason why, where items warn or are left open; null: those wait for a person
     * @throws Problem 404, 400 or 409
     */
    public FilingTask start(Selection selection, Choice choice, @Nullable String reason, Actor by) {
        FondsRule rule = fonds.find(choice.fondsNo()).orElseThrow(() -> Problem.invalid("fonds", "required"));
        if (!rule.categories().containsKey(choice.category())) {
            throw Problem.invalid("category", "invalid");
        }
        if (!rule.organisations().containsKey(choice.organisation())) {
            throw Problem.invalid("organisation", "invalid");
        }
        List<Evidence> chosen = chosen(selection);
        if (chosen.isEmpty()) {
            throw Problem.of(HttpStatus.CONFLICT, "filing.nothing");
        }
        ObjectNode parameters = JsonMapper.shared().createObjectNode();
        parameters.put("fonds", choice.fondsNo());
        parameters.put("category", choice.category());
        parameters.put("organisation", choice.organisation());
        parameters.put("reason", reason(reason));
        long bytes = chosen.stream().mapToLong(Evidence::packageBytes).sum();
        return tasks.add(
                FilingTask.Kind.FILE,
                title(selection, chosen),
                parameters,
                null,
                chosen.stream().map(Evidence::id).toList(),
                bytes,
                by);
    }

    /** Has packages checked and nothing more: those that are filed by the profile CQ, the others by GD. */
    public FilingTask startCheck(List<UUID> evidence, Actor by) {
        List<Evidence> chosen = new ArrayList<>();
        for (UUID id : evidence) {
            chosen.add(catalogue.find(id).orElseThrow(() -> Problem.notFound(id.toString())));
        }
        if (chosen.isEmpty() || chosen.size() > maxPackages) {
            throw Problem.of(HttpStatus.CONFLICT, "filing.too-many", maxPackages);
        }
        return tasks.add(
                FilingTask.Kind.CHECK,
                title(new Selection(chosen.get(0).id(), null, null), chosen),
                JsonMapper.shared().createObjectNode(),
                null,
                evidence,
                chosen.stream().mapToLong(Evidence::packageBytes).sum(),
                by);
    }

    private static String title(Selection selection, List<Evidence> chosen) {
        if (selection.caseNo() != null) {
            return selection.caseNo();
        }
        if (selection.evidenceId() != null || chosen.size() == 1) {
            String title = chosen.get(0).title();
            return Filing.cut(title == null || title.isBlank() ? chosen.get(0).targetUrl() : title);
        }
        return Filing.cut(selection.text() == null || selection.text().isBlank() ? "*" : selection.text());
    }

    private static @Nullable String reason(@Nullable String reason) {
        if (reason == null || reason.isBlank()) {
            return null;
        }
        String text = reason.strip();
        if (text.length() > MAX_REASON || !FondsRegister.isPlain(text.replaceAll("[\\r\\n\\t]", " "))) {
            throw Problem.invalid("reason", text.length() > MAX_REASON ? "too-long" : "invalid", MAX_REASON);
        }
        return text;
    }

    // ---- what the tasks do
    // -------------------------------------------------------------------------------------------

    /** Checks one package for filing, with the code it would get. */
    CheckRun checkForFiling(Evidence evidence, Choice choice, Actor by, FourPropertyCheck.Progress progress)
            throws IOException, RefusedException {
        Proposal proposal = filing.propose(evidence, choice);
        return check.check(evidence.id(), Profile.GD, filing.codeState(evidence, proposal), by, progress);
    }

    /**
     * Checks one package that is kept, or one that is not filed as if it were to be; the report of a filed one is kept.
     *
     * @return empty if there is no fonds to make a code of
     */
    Optional<CheckRun> checkAgain(Evidence evidence, Actor by, FourPropertyCheck.Progress progress)
            throws IOException, RefusedException {
        Optional<Filed> filed = register.find(evidence.id());
        if (filed.isEmpty()) {
            Optional<FondsRule> rule = fonds.all().stream().findFirst();
            if (rule.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(checkForFiling(
                    evidence,
                    new Choice(
                            rule.get().no(),
                            rule.get().firstCategory(),
                            rule.get().firstOrganisation()),
                    by,
                    progress));
        }
        CodeState code = filing.codeState(filed.get());
        CheckRun run = check.check(evidence.id(), Profile.CQ, code, by, progress);
        byte[] report = reports.write(run, evidence, filed.get().archivalCode(), code.metadata(), null);
        KeptObject unused = filing.transaction(() -> keep(run.id(), report, evidence));
        return Optional.of(run);
    }

    /** Keeps a report, with its entry in the log, in the caller's transaction. */
    private KeptObject keep(UUID run, byte[] report, Evidence evidence) throws IOException {
        Instant now = clock.instant();
        Instant least = now.plus(REPORT_LEAST);
        Instant until = evidence.retainUntil().isAfter(least) ? evidence.retainUntil() : least;
        KeptObject object = kept.put(KeptObjects.Kind.FILING_REPORT, run, report, until);
        log.append(LogEvent.ofObject(
                LogEvent.Kind.REPORT,
                object.id(),
                Digest.sha256(object.sha256()),
                object.sizeBytes(),
                object.until(),
                now));
        return object;
    }

    /** Whether a run, with the answers there are, lets the package be filed with this reason. */
    boolean allows(CheckRun run, @Nullable String reason) {
        CheckOutcome outcome = outcome(run);
        return outcome == CheckOutcome.PASS
                || (outcome != CheckOutcome.BLOCK
                        && reason != null
                        && CheckOutcome.unanswered(run.results(), run.answered())
                                .isEmpty());
    }

    /** What a run comes to with the answers there are. */
    public CheckOutcome outcome(CheckRun run) {
        return CheckOutcome.of(run.results(), run.answered(), check.unscannedBlocks());
    }

    /** Items of a run that must be answered before the package can be filed, whatever the reason. */
    public List<CheckItem> unanswered(CheckRun run) {
        return CheckOutcome.unanswered(run.results(), run.answered());
    }

    /** Files what was checked, with its report. */
    Filed file(CheckRun run, Choice choice, @Nullable String reason, Actor by) throws RefusedException, IOException {
        String given = outcome(run) == CheckOutcome.PASS ? null : reason;
        return filing.file(
                run.evidenceId(),
                choice,
                run.id(),
                given,
                filed -> {
                    Evidence evidence = catalogue.find(run.evidenceId()).orElseThrow();
                    byte[] report = reports.write(run, evidence, filed.archivalCode(), Filing.elements(filed), given);
                    return keep(run.id(), report, evidence);
                },
                by);
    }

    /**
     * Files a package that waits for a person, after the answers were given.
     *
     * @throws Problem 404, 409 with what is still against it
     */
    public Filed finish(UUID task, int position, @Nullable String reason, Actor by) throws IOException {
        FilingTask of = tasks.find(task).orElseThrow(() -> Problem.notFound(task.toString()));
        FilingItem item = tasks.item(task, position).orElseThrow(() -> Problem.notFound(task + "/" + position));
        UUID runId = item.runId();
        if (of.kind() != FilingTask.Kind.FILE || item.state() != FilingItem.State.OPEN || runId == null) {
            throw Problem.of(
                    HttpStatus.CONFLICT, "filing.not-open", item.state().name());
        }
        CheckRun run = runs.find(runId).orElseThrow(() -> Problem.notFound(runId.toString()));
        String why = reason(reason);
        if (!allows(run, why)) {
            if (outcome(run) == CheckOutcome.BLOCK) {
                throw Problem.of(HttpStatus.CONFLICT, "filing.blocked");
            }
            if (!unanswered(run).isEmpty()) {
                throw Problem.of(
                        HttpStatus.CONFLICT,
                        "filing.unanswered",
                        unanswered(run).get(0).code(run.profile()));
            }
            throw Problem.invalid("reason", "required");
        }
        try {
            Filed filed = file(run, choice(of.parameters()), why, by);
            tasks.change(item, FilingItem.State.FILED, filed.archivalCode(), runId);
            return filed;
        } catch (RefusedException refused) {
            if (refused.refusal() == Filing.Refusal.FILED_ALREADY) {
                tasks.change(item, FilingItem.State.REFUSED, refused.refusal().name(), runId);
            }
            throw Problem.of(
                    HttpStatus.CONFLICT, "filing.refused", refused.refusal().name());
        }
    }

    /** The choice that a task of kind FILE was begun with. */
    static Choice choice(JsonNode parameters) {
        return new Choice(
                parameters.path("fonds").asString(""),
                parameters.path("category").asString(""),
                parameters.path("organisation").asString(""));
    }

    /** The kept report of a run; empty if none was kept. */
    public Optional<byte[]> report(UUID run) throws IOException {
        Optional<KeptObject> object = kept.find(KeptObjects.Kind.FILING_REPORT, run);
        return object.isEmpty() ? Optional.empty() : Optional.of(kept.read(object.get()));
    }
}
