package org.tiezheng.archive.filing;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.filing.check.CheckItem;
import org.tiezheng.archive.filing.check.CheckReport;
import org.tiezheng.archive.filing.check.CheckResult;
import org.tiezheng.archive.filing.check.CheckRun;
import org.tiezheng.archive.filing.check.CheckRuns;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Problem;

/** Screens of filing: what waits, what was filed, tasks, checks, volumes, fonds. */
@Controller
@PreAuthorize(Access.VIEW_FILING)
class FilingController {
    private static final int ROWS = 50;
    private static final int FEW = 20;

    private final FilingDesk desk;
    private final FilingTasks tasks;
    private final FilingFigures figures;
    private final FiledRegister register;
    private final FondsRegister fonds;
    private final CheckRuns runs;
    private final CheckReport reports;
    private final EvidenceCatalogue catalogue;
    private final FilingRunner runner;
    private final Cursor cursors;

    FilingController(
            FilingDesk desk,
            FilingTasks tasks,
            FilingFigures figures,
            FiledRegister register,
            FondsRegister fonds,
            CheckRuns runs,
            CheckReport reports,
            EvidenceCatalogue catalogue,
            FilingRunner runner,
            Cursor cursors) {
        this.desk = desk;
        this.tasks = tasks;
        this.figures = figures;
        this.register = register;
        this.fonds = fonds;
        this.runs = runs;
        this.reports = reports;
        this.catalogue = catalogue;
        this.runner = runner;
        this.cursors = cursors;
    }

    /** One package of a task with what a row of a list shows of it. */
    record ItemRow(FilingItem item, @Nullable Evidence evidence) {
        public String title() {
            Evidence found = evidence;
            if (found == null) {
                return item.evidenceId().toString();
            }
            String title = found.title();
            return title == null || title.isBlank() ? found.targetUrl() : title;
        }
    }

    private List<ItemRow> rows(List<FilingItem> items) {
        return items.stream()
                .map(item -> new ItemRow(item, catalogue.find(item.evidenceId()).orElse(null)))
                .toList();
    }

    @GetMapping("/filing")
    String filing(Model model) {
        model.addAttribute("figures", figures.now());
        model.addAttribute("fonds", fonds.all());
        model.addAttribute("waiting", desk.waiting(null, FEW).items());
        model.addAttribute("open", rows(tasks.open(FEW)));
        model.addAttribute("blocked", rows(tasks.blocked(FEW)));
        model.addAttribute("filed", register.latest(null, FEW));
        model.addAttribute("tasks", tasks.latest(FilingTask.Kind.FILE, 10));
        return "filing/filing";
    }

    @GetMapping("/filing/filed")
    String filed(@RequestParam(name = "cursor", required = false) @Nullable String cursor, Model model) {
        List<String> position = cursors.decode("filed", cursor, 1);
        Cursor.Page<Filed> page = cursors.page(
                "filed",
                register.latest(position == null ? null : Long.valueOf(position.get(0)), ROWS + 1),
                ROWS,
                row -> List.of(String.valueOf(row.number())));
        model.addAttribute("filed", page.rows());
        model.addAttribute("next", page.next());
        model.addAttribute("first", cursor == null || cursor.isEmpty());
        return "filing/filed";
    }

    @GetMapping("/filing/new")
    @PreAuthorize(Access.FILE)
    String preview(
            @RequestParam(name = "evidence", required = false) @Nullable UUID evidence,
            @RequestParam(name = "case", required = false) @Nullable String caseNo,
            @RequestParam(name = "q", required = false) @Nullable String text,
            @RequestParam(name = "fonds", required = false) @Nullable String fondsNo,
            @RequestParam(name = "category", required = false) @Nullable String category,
            @RequestParam(name = "organisation", required = false) @Nullable String organisation,
            Model model) {
        List<FondsRule> all = fonds.all();
        model.addAttribute("fonds", all);
        FilingDesk.Selection selection = selection(evidence, caseNo, text);
        model.addAttribute("selection", selection);
        if (all.isEmpty()) {
            return "filing/new";
        }
        FondsRule rule =
                all.stream().filter(one -> one.no().equals(fondsNo)).findFirst().orElse(all.get(0));
        Filing.Choice choice = new Filing.Choice(
                rule.no(),
                category == null || !rule.categories().containsKey(category) ? rule.firstCategory() : category,
                organisation == null || !rule.organisations().containsKey(organisation)
                        ? rule.firstOrganisation()
                        : organisation);
        model.addAttribute("rule", rule);
        model.addAttribute("choice", choice);
        model.addAttribute("plan", desk.preview(selection, choice, CurrentActor.get()));
        return "filing/new";
    }

    private static FilingDesk.Selection selection(
            @Nullable UUID evidence, @Nullable String caseNo, @Nullable String text) {
        return new FilingDesk.Selection(
                evidence, caseNo == null || caseNo.isBlank() ? null : caseNo.strip(), text == null ? "" : text.strip());
    }

    @PostMapping("/filing/tasks")
    @PreAuthorize(Access.FILE)
    String start(
            @RequestParam(name = "evidence", required = false) @Nullable UUID evidence,
            @RequestParam(name = "case", required = false) @Nullable String caseNo,
            @RequestParam(name = "q", required = false) @Nullable String text,
            @RequestParam(name = "fonds") String fondsNo,
            @RequestParam(name = "category") String category,
            @RequestParam(name = "organisation") String organisation,
            @RequestParam(name = "reason", required = false) @Nullable String reason) {
        FilingTask task = desk.start(
                selection(evidence, caseNo, text),
                new Filing.Choice(fondsNo, category, organisation),
                reason,
                CurrentActor.get());
        runner.wake();
        return "redirect:/filing/tasks/" + task.id();
    }

    @PostMapping("/filing/checks")
    @PreAuthorize(Access.FILE)
    String check(@RequestParam(name = "evidence") UUID evidence) {
        FilingTask task = desk.startCheck(List.of(evidence), CurrentActor.get());
        runner.wake();
        return "redirect:/filing/tasks/" + task.id();
    }

    @GetMapping("/filing/tasks/{id}")
    String task(@PathVariable("id") UUID id, @RequestParam(name = "from", defaultValue = "0") int from, Model model) {
        show(id, from, model);
        return "filing/task";
    }

    /** The part of the page that changes while the task runs. */
    @GetMapping("/filing/tasks/{id}/progress")
    String progress(
            @PathVariable("id") UUID id, @RequestParam(name = "from", defaultValue = "0") int from, Model model) {
        show(id, from, model);
        return "filing/task :: progress";
    }

    private void show(UUID id, int from, Model model) {
        FilingTask task = tasks.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        List<FilingItem> items = tasks.items(id, Math.max(0, from), ROWS + 1);
        model.addAttribute("task", task);
        model.addAttribute("from", Math.max(0, from));
        model.addAttribute("counts", tasks.counts(id));
        model.addAttribute("rows", rows(items.subList(0, Math.min(ROWS, items.size()))));
        model.addAttribute("next", items.size() > ROWS ? items.get(ROWS).position() : null);
    }

    @PostMapping("/filing/tasks/{id}/cancel")
    @PreAuthorize(Access.FILE)
    String cancel(@PathVariable("id") UUID id) {
        tasks.cancel(id, CurrentActor.get());
        return "redirect:/filing/tasks/" + id;
    }

    @PostMapping("/filing/tasks/{id}/{position}/file")
    @PreAuthorize(Access.FILE)
    String finish(
            @PathVariable("id") UUID id,
            @PathVariable("position") int position,
            @RequestParam(name = "reason", required = false) @Nullable String reason,
            RedirectAttributes redirect)
            throws IOException {
        Filed filed = desk.finish(id, position, reason, CurrentActor.get());
        redirect.addFlashAttribute("filedAs", filed.archivalCode());
        return "redirect:/filing/checks/" + filed.runId();
    }

    /** One item of a check as a row. */
    record ResultRow(
            String code,
            String name,
            boolean blocks,
            CheckResult.Result result,
            CheckResult.Result effective,
            String text,
            CheckRun.@Nullable Answer answer) {}

    @GetMapping("/filing/checks/{id}")
    String run(@PathVariable("id") UUID id, Locale locale, Model model) throws IOException {
        run(id, locale, model, false);
        return "filing/check";
    }

    @GetMapping("/filing/checks/{id}/print")
    String print(@PathVariable("id") UUID id, Locale locale, Model model) throws IOException {
        run(id, locale, model, true);
        return "filing/check-print";
    }

    private void run(UUID id, Locale locale, Model model, boolean printing) throws IOException {
        CheckRun run = runs.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        Map<CheckItem, CheckResult.Result> answered = run.answered();
        Map<CheckItem.FourProperty, List<ResultRow>> rows = new LinkedHashMap<>();
        for (CheckItem.FourProperty property : CheckItem.FourProperty.values()) {
            rows.put(
                    property,
                    run.results().stream()
                            .filter(one -> one.item().property() == property)
                            .map(one -> new ResultRow(
                                    one.item().code(run.profile()),
                                    reports.name(one.item(), locale),
                                    one.item().blocks(),
                                    one.result(),
                                    org.tiezheng.archive.filing.check.CheckOutcome.effective(one, answered),
                                    reports.text(one, locale),
                                    run.answers().stream()
                                            .filter(answer -> answer.item() == one.item())
                                            .findFirst()
                                            .orElse(null)))
                            .toList());
        }
        Evidence evidence = catalogue.find(run.evidenceId()).orElseThrow(() -> Problem.notFound(id.toString()));
        model.addAttribute("run", run);
        model.addAttribute("rows", rows);
        Map<CheckItem.FourProperty, List<Long>> scores = new LinkedHashMap<>();
        for (CheckItem.FourProperty property : CheckItem.FourProperty.values()) {
            scores.put(
                    property,
                    List.of(
                            run.count(property, CheckResult.Result.PASS),
                            run.count(property, CheckResult.Result.FAIL),
                            run.count(property, CheckResult.Result.MANUAL),
                            run.count(property, CheckResult.Result.NOT_APPLICABLE)));
        }
        model.addAttribute("scores", scores);
        model.addAttribute("outcome", run.state() == CheckRun.State.DONE ? desk.outcome(run) : null);
        model.addAttribute("unanswered", desk.unanswered(run));
        model.addAttribute("evidence", evidence);
        model.addAttribute("filed", register.find(evidence.id()).orElse(null));
        model.addAttribute("hasReport", desk.report(id).isPresent());
        model.addAttribute("openItem", printing ? null : openItem(run).orElse(null));
    }

    /** The package of a task that waits for this check's answers. */
    private Optional<FilingItem> openItem(CheckRun run) {
        return tasks.open(FiledRegister.MAX_LIMIT).stream()
                .filter(item -> run.id().equals(item.runId()))
                .findFirst();
    }

    @PostMapping("/filing/checks/{id}/answers")
    @PreAuthorize(Access.FILE)
    String answer(
            @PathVariable("id") UUID id,
            @RequestParam(name = "code") String code,
            @RequestParam(name = "result") String result,
            @RequestParam(name = "note") String note) {
        runs.answer(id, item(code), result(result), note, CurrentActor.get());
        return "redirect:/filing/checks/" + id;
    }

    static CheckItem item(String code) {
        return CheckItem.ofCode(code).orElseThrow(() -> Problem.invalid("code", "invalid"));
    }

    static CheckResult.Result result(String text) {
        for (CheckResult.Result result : CheckResult.Result.values()) {
            if (result.name().equals(text)) {
                return result;
            }
        }
        throw Problem.invalid("result", "invalid");
    }

    /** The report as it is kept: canonical JSON. */
    @GetMapping("/filing/checks/{id}/report.json")
    ResponseEntity<byte[]> report(@PathVariable("id") UUID id) throws IOException {
        byte[] report = desk.report(id).orElseThrow(() -> Problem.notFound(id.toString()));
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"filing-report-" + id + ".json\"")
                .body(report);
    }

    @GetMapping("/filing/volumes")
    String volumes(Model model) {
        model.addAttribute("volumes", register.volumes(null, 200));
        return "filing/volumes";
    }

    @GetMapping("/filing/volumes/{id}")
    String volume(
            @PathVariable("id") UUID id, @RequestParam(name = "after", defaultValue = "0") int after, Model model) {
        Volume volume = register.volume(id).orElseThrow(() -> Problem.notFound(id.toString()));
        List<Filed> items = register.ofVolume(id, after, ROWS + 1);
        model.addAttribute("volume", volume);
        model.addAttribute("rule", fonds.rule(volume.ruleId()).orElse(null));
        model.addAttribute("items", items.subList(0, Math.min(ROWS, items.size())));
        model.addAttribute("after", after);
        model.addAttribute("next", items.size() > ROWS ? items.get(ROWS - 1).itemNo() : null);
        model.addAttribute("gaps", register.gaps(volume.archivalCode()));
        return "filing/volume";
    }

    @GetMapping("/filing/fonds")
    String fonds(Model model) {
        model.addAttribute("fonds", fonds.all());
        model.addAttribute("counts", figures.fonds());
        model.addAttribute("itemPattern", CodePattern.DEFAULT_ITEM);
        model.addAttribute("volumePattern", CodePattern.DEFAULT_VOLUME);
        return "filing/fonds";
    }

    @GetMapping("/filing/fonds/{no}")
    String oneFonds(@PathVariable("no") String no, Model model) {
        List<FondsRule> history = fonds.history(no);
        if (history.isEmpty()) {
            throw Problem.notFound(no);
        }
        model.addAttribute("rule", history.get(0));
        model.addAttribute("history", history);
        model.addAttribute("categories", lines(history.get(0).categories()));
        model.addAttribute("organisations", lines(history.get(0).organisations()));
        return "filing/fonds-one";
    }

    @PostMapping("/filing/fonds")
    @PreAuthorize(Access.FILE)
    String setFonds(
            @RequestParam("no") String no,
            @RequestParam("name") String name,
            @RequestParam("unit") String unit,
            @RequestParam("itemPattern") String itemPattern,
            @RequestParam("volumePattern") String volumePattern,
            @RequestParam("categories") String categories,
            @RequestParam("organisations") String organisations) {
        FondsRule made = fonds.set(
                new FondsRegister.Setting(
                        no.strip(),
                        name,
                        unit,
                        itemPattern.strip(),
                        volumePattern.strip(),
                        codes("categories", categories),
                        codes("organisations", organisations)),
                CurrentActor.get());
        return "redirect:/filing/fonds/" + made.no();
    }

    /** One code a line: the code, a blank, its name. */
    static Map<String, String> codes(String field, String text) {
        Map<String, String> codes = new LinkedHashMap<>();
        for (String line : text.split("\\R", -1)) {
            String one = line.strip();
            if (one.isEmpty()) {
                continue;
            }
            String[] parts = one.split("\\s+", 2);
            if (parts.length < 2 || codes.put(parts[0], parts[1]) != null) {
                throw Problem.invalid(field, "filing.code", parts[0]);
            }
        }
        return codes;
    }

    private static String lines(Map<String, String> codes) {
        StringBuilder lines = new StringBuilder();
        codes.forEach(
                (code, name) -> lines.append(code).append(' ').append(name).append('\n'));
        return lines.toString();
    }
}
