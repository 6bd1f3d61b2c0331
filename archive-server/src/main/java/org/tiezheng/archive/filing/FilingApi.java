package org.tiezheng.archive.filing;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.catalogue.EvidencePage;
import org.tiezheng.archive.filing.check.CheckReport;
import org.tiezheng.archive.filing.check.CheckRun;
import org.tiezheng.archive.filing.check.CheckRuns;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Filing, for programs: everything the screens do. */
@RestController
@RequestMapping("/api/v1/filing")
@PreAuthorize(Access.VIEW_FILING)
class FilingApi {
    private static final int MOST = 500;

    private final FilingDesk desk;
    private final FilingTasks tasks;
    private final FilingFigures figures;
    private final FiledRegister register;
    private final FondsRegister fonds;
    private final CheckRuns runs;
    private final CheckReport reports;
    private final FilingRunner runner;
    private final Cursor cursors;

    FilingApi(
            FilingDesk desk,
            FilingTasks tasks,
            FilingFigures figures,
            FiledRegister register,
            FondsRegister fonds,
            CheckRuns runs,
            CheckReport reports,
            FilingRunner runner,
            Cursor cursors) {
        this.desk = desk;
        this.tasks = tasks;
        this.figures = figures;
        this.register = register;
        this.fonds = fonds;
        this.runs = runs;
        this.reports = reports;
        this.runner = runner;
        this.cursors = cursors;
    }

    @GetMapping
    ObjectNode now() {
        return FilingJson.of(figures.now());
    }

    /** Evidence that is confirmed, reviewed and not filed. */
    @GetMapping("/waiting")
    ObjectNode waiting(
            @RequestParam(name = "cursor", required = false) @Nullable String cursor,
            @RequestParam(name = "limit", defaultValue = "50") int limit) {
        List<String> position = cursors.decode("filing-waiting", cursor, 1);
        EvidencePage page = desk.waiting(position == null ? null : Long.valueOf(position.get(0)), limit(limit));
        ObjectNode json = FilingJson.items(page.items().stream()
                .map(evidence -> FilingJson.object()
                        .put("evidenceId", evidence.id().toString())
                        .put("number", evidence.number())
                        .put("title", evidence.title())
                        .put("caseNo", evidence.caseNo())
                        .put("archivedAt", evidence.archivedAt().toString()))
                .toList());
        Long next = page.next();
        json.put("next", next == null ? null : cursors.encode("filing-waiting", List.of(next.toString())));
        return json;
    }

    private static int limit(int limit) {
        if (limit < 1 || limit > MOST) {
            throw Problem.invalid("limit", "number", 1, MOST);
        }
        return limit;
    }

    /**
     * What is to be filed, and where; exactly one of evidenceId, caseNo and text is looked at, in this order.
     *
     * @param reason why, where items warn or are left open
     */
    record Order(
            @Nullable String evidenceId,
            @Nullable String caseNo,
            @Nullable String text,
            @Nullable String fonds,
            @Nullable String category,
            @Nullable String organisation,
            @Nullable String reason) {
        FilingDesk.Selection selection() {
            return new FilingDesk.Selection(
                    evidenceId == null ? null : FilingJson.id(evidenceId, "evidenceId"),
                    caseNo == null || caseNo.isBlank() ? null : caseNo.strip(),
                    text == null ? "" : text.strip());
        }

        Filing.Choice choice() {
            return new Filing.Choice(
                    fonds == null ? "" : fonds,
                    category == null ? "" : category,
                    organisation == null ? "" : organisation);
        }
    }

    /** What {@code POST tasks} with the same body would do. */
    @PostMapping("/preview")
    @PreAuthorize(Access.FILE)
    ObjectNode preview(@RequestBody Order order) {
        FilingDesk.Plan plan = desk.preview(order.selection(), order.choice(), CurrentActor.get());
        ObjectNode json =
                FilingJson.items(plan.rows().stream().map(FilingJson::of).toList());
        json.put("total", plan.total());
        return json;
    }

    @PostMapping("/tasks")
    @PreAuthorize(Access.FILE)
    ResponseEntity<ObjectNode> start(@RequestBody Order order) {
        FilingTask task = desk.start(order.selection(), order.choice(), order.reason(), CurrentActor.get());
        runner.wake();
        return accepted(task);
    }

    private static ResponseEntity<ObjectNode> accepted(FilingTask task) {
        return ResponseEntity.status(HttpStatus.ACCEPTED)
                .header("Location", "/api/v1/filing/tasks/" + task.id())
                .body(FilingJson.of(task));
    }

    /** @param kind FILE, CHECK, EXPORT or IMPORT */
    @GetMapping("/tasks")
    ObjectNode tasks(@RequestParam(name = "kind", defaultValue = "FILE") FilingTask.Kind kind) {
        return FilingJson.items(
                tasks.latest(kind, 100).stream().map(FilingJson::of).toList());
    }

    @GetMapping("/tasks/{id}")
    ObjectNode task(@PathVariable("id") UUID id) {
        FilingTask task = tasks.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        ObjectNode json = FilingJson.of(task);
        ObjectNode counts = json.putObject("counts");
        tasks.counts(id).forEach((state, count) -> counts.put(state.name(), count));
        return json;
    }

    @GetMapping("/tasks/{id}/items")
    ObjectNode items(
            @PathVariable("id") UUID id,
            @RequestParam(name = "from", defaultValue = "0") int from,
            @RequestParam(name = "limit", defaultValue = "100") int limit) {
        return FilingJson.items(tasks.items(id, Math.max(0, from), limit(limit)).stream()
                .map(FilingJson::of)
                .toList());
    }

    @PostMapping("/tasks/{id}/cancel")
    @PreAuthorize(Access.FILE)
    ResponseEntity<Void> cancel(@PathVariable("id") UUID id) {
        tasks.cancel(id, CurrentActor.get());
        return ResponseEntity.accepted().build();
    }

    record Why(@Nullable String reason) {}

    /** Files a package that waits for a person. */
    @PostMapping("/tasks/{id}/items/{position}/file")
    @PreAuthorize(Access.FILE)
    ObjectNode finish(@PathVariable("id") UUID id, @PathVariable("position") int position, @RequestBody Why body)
            throws IOException {
        return FilingJson.of(desk.finish(id, position, body.reason(), CurrentActor.get()));
    }

    record ToCheck(@Nullable List<String> evidence) {}

    /** Has packages checked and nothing more: what is filed by the profile CQ, the rest by GD. */
    @PostMapping("/checks")
    @PreAuthorize(Access.FILE)
    ResponseEntity<ObjectNode> check(@RequestBody ToCheck body) {
        List<String> named = body.evidence() == null ? List.of() : body.evidence();
        FilingTask task = desk.startCheck(
                named.stream().map(id -> FilingJson.id(id, "evidence")).toList(), CurrentActor.get());
        runner.wake();
        return accepted(task);
    }

    /** Checks of an evidence, newest first, without their items. */
    @GetMapping("/checks")
    ObjectNode checks(@RequestParam(name = "evidence") UUID evidence, Locale locale) {
        return FilingJson.items(runs.of(evidence).stream()
                .map(run -> {
                    ObjectNode json = FilingJson.of(run, reports, text(run), locale);
                    json.remove("items");
                    return json;
                })
                .toList());
    }

    private static @Nullable String text(CheckRun run) {
        return run.outcome() == null ? null : run.outcome().name();
    }

    @GetMapping("/checks/{id}")
    ObjectNode check(@PathVariable("id") UUID id, Locale locale) {
        CheckRun run = runs.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        ObjectNode json = FilingJson.of(
                run,
                reports,
                run.state() == CheckRun.State.DONE ? desk.outcome(run).name() : null,
                locale);
        ArrayNode unanswered = json.putArray("unanswered");
        desk.unanswered(run).forEach(item -> unanswered.add(item.code(run.profile())));
        return json;
    }

    /** The report as it is kept: canonical JSON, docs/filing.md. */
    @GetMapping(path = "/checks/{id}/report", produces = MediaType.APPLICATION_JSON_VALUE)
    byte[] report(@PathVariable("id") UUID id) throws IOException {
        return desk.report(id).orElseThrow(() -> Problem.notFound(id.toString()));
    }

    record Answer(
            @Nullable String code,
            @Nullable String result,
            @Nullable String note) {}

    @PostMapping("/checks/{id}/answers")
    @PreAuthorize(Access.FILE)
    ResponseEntity<Void> answer(@PathVariable("id") UUID id, @RequestBody Answer body) {
        runs.answer(
                id,
                FilingController.item(String.valueOf(body.code())),
                FilingController.result(String.valueOf(body.result())),
                body.note() == null ? "" : body.note(),
                CurrentActor.get());
        return ResponseEntity.noContent().build();
    }

    /** @param code the whole archival code; without it the latest */
    @GetMapping("/filed")
    ObjectNode filed(
            @RequestParam(name = "code", required = false) @Nullable String code,
            @RequestParam(name = "cursor", required = false) @Nullable String cursor,
            @RequestParam(name = "limit", defaultValue = "50") int limit) {
        if (code != null) {
            return FilingJson.items(
                    register.findByCode(code).map(FilingJson::of).stream().toList());
        }
        List<String> position = cursors.decode("filed", cursor, 1);
        int most = limit(limit);
        Cursor.Page<Filed> page = cursors.page(
                "filed",
                register.latest(position == null ? null : Long.valueOf(position.get(0)), most + 1),
                most,
                row -> List.of(String.valueOf(row.number())));
        ObjectNode json =
                FilingJson.items(page.rows().stream().map(FilingJson::of).toList());
        json.put("next", page.next());
        return json;
    }

    @GetMapping("/filed/{evidence}")
    ObjectNode filed(@PathVariable("evidence") UUID evidence) {
        return FilingJson.of(register.find(evidence).orElseThrow(() -> Problem.notFound(evidence.toString())));
    }

    /** @param caseNo volumes of a case; without it the latest */
    @GetMapping("/volumes")
    ObjectNode volumes(@RequestParam(name = "caseNo", required = false) @Nullable String caseNo) {
        List<Volume> volumes = caseNo == null ? register.volumes(null, 200) : register.volumesOfCase(caseNo);
        return FilingJson.items(volumes.stream().map(FilingJson::of).toList());
    }

    @GetMapping("/volumes/{id}")
    ObjectNode volume(@PathVariable("id") UUID id) {
        ObjectNode json = FilingJson.of(register.volume(id).orElseThrow(() -> Problem.notFound(id.toString())));
        ArrayNode gaps = json.putArray("gaps");
        register.gaps(json.path("archivalCode").asString()).forEach(gaps::add);
        return json;
    }

    @GetMapping("/volumes/{id}/items")
    ObjectNode volumeItems(
            @PathVariable("id") UUID id,
            @RequestParam(name = "after", defaultValue = "0") int after,
            @RequestParam(name = "limit", defaultValue = "100") int limit) {
        return FilingJson.items(register.ofVolume(id, after, limit(limit)).stream()
                .map(FilingJson::of)
                .toList());
    }

    @GetMapping("/fonds")
    ObjectNode fonds() {
        return FilingJson.items(fonds.all().stream().map(FilingJson::of).toList());
    }

    @GetMapping("/fonds/{no}")
    ObjectNode fonds(@PathVariable("no") String no) {
        return FilingJson.of(fonds.find(no).orElseThrow(() -> Problem.notFound(no)));
    }

    record FondsSetting(
            @Nullable String name,
            @Nullable String unit,
            @Nullable String itemPattern,
            @Nullable String volumePattern,
            @Nullable Map<String, String> categories,
            @Nullable Map<String, String> organisations) {}

    /** Puts a setting in force; the ones before stay. */
    @PutMapping("/fonds/{no}")
    @PreAuthorize(Access.FILE)
    ObjectNode set(@PathVariable("no") String no, @RequestBody FondsSetting body) {
        return FilingJson.of(fonds.set(
                new FondsRegister.Setting(
                        no,
                        body.name() == null ? "" : body.name(),
                        body.unit() == null ? "" : body.unit(),
                        body.itemPattern() == null ? CodePattern.DEFAULT_ITEM : body.itemPattern(),
                        body.volumePattern() == null ? CodePattern.DEFAULT_VOLUME : body.volumePattern(),
                        clean(body.categories()),
                        clean(body.organisations())),
                CurrentActor.get()));
    }

    /** JSON may hold null where a name belongs. */
    private static Map<String, String> clean(@Nullable Map<String, @Nullable String> codes) {
        Map<String, String> clean = new LinkedHashMap<>();
        if (codes != null) {
            codes.forEach((code, name) -> clean.put(code, name == null ? "" : name));
        }
        return clean;
    }
}
