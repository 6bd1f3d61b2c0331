package org.tiezheng.archive.filing;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.Sending;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import tools.jackson.databind.node.ObjectNode;

/** Packages for other archives and from them: screens and REST. */
@Controller
@PreAuthorize(Access.VIEW_FILING)
class AipController {
    private final ExportDesk exports;
    private final ImportDesk imports;
    private final FilingTasks tasks;
    private final FilingRunner runner;
    private final TransactionTemplate transactions;
    private final AuditLog audit;

    AipController(
            ExportDesk exports,
            ImportDesk imports,
            FilingTasks tasks,
            FilingRunner runner,
            TransactionTemplate transactions,
            AuditLog audit) {
        this.exports = exports;
        this.imports = imports;
        this.tasks = tasks;
        this.runner = runner;
        this.transactions = transactions;
        this.audit = audit;
    }

    @GetMapping("/filing/exports")
    String exports(
            @RequestParam(name = "volume", required = false) @Nullable UUID volume,
            @RequestParam(name = "evidence", required = false) @Nullable UUID evidence,
            Model model) {
        model.addAttribute("tasks", tasks.latest(FilingTask.Kind.EXPORT, 50));
        model.addAttribute("volume", volume);
        model.addAttribute("evidence", evidence);
        model.addAttribute("hasFolder", exports.hasFolder());
        return "filing/exports";
    }

    @PostMapping("/filing/exports")
    @PreAuthorize(Access.FILE)
    String export(
            @RequestParam(name = "volume", required = false) @Nullable UUID volume,
            @RequestParam(name = "evidence", required = false) @Nullable UUID evidence,
            @RequestParam(name = "case", required = false) @Nullable String caseNo,
            @RequestParam(name = "toFolder", defaultValue = "false") boolean toFolder) {
        FilingTask task = exports.start(evidence, volume, caseNo, toFolder, CurrentActor.get());
        runner.wake();
        return "redirect:/filing/tasks/" + task.id();
    }

    @GetMapping("/filing/exports/{id}/package")
    @PreAuthorize(Access.FILE)
    void download(@PathVariable("id") UUID id, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        send(id, request, response);
    }

    private void send(UUID id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        ExportDesk.Ready ready = exports.ready(id);
        if (request.getHeader("Range") == null && request.getMethod().equals("GET")) {
            transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                    CurrentActor.get(),
                    "filing.download",
                    "filing",
                    id.toString(),
                    null,
                    AuditEvent.Result.OK,
                    ready.fileName(),
                    null)));
        }
        Sending.send(
                request,
                response,
                ready.fileName(),
                ready.sizeBytes(),
                ready.tag(),
                range -> ready.write(range, response.getOutputStream()));
    }

    @GetMapping("/filing/imports")
    String imports(Model model) {
        model.addAttribute("tasks", tasks.latest(FilingTask.Kind.IMPORT, 50));
        return "filing/imports";
    }

    /** The body is the file. The browser's script sends it so, since a form of some gigabytes is kept twice. */
    @PostMapping("/filing/imports")
    @PreAuthorize(Access.FILE)
    @ResponseBody
    ResponseEntity<ObjectNode> take(
            @RequestParam("name") String name,
            @RequestParam(name = "sha256", required = false) @Nullable String sha256,
            HttpServletRequest request)
            throws IOException {
        return received(name, sha256, request, "/filing/tasks/");
    }

    private ResponseEntity<ObjectNode> received(
            String name, @Nullable String sha256, HttpServletRequest request, String path) throws IOException {
        FilingTask task = imports.receive(
                name, sha256, request.getContentLengthLong(), request.getInputStream(), CurrentActor.get());
        runner.wake();
        return ResponseEntity.status(HttpStatus.ACCEPTED)
                .header("Location", path + task.id())
                .body(FilingJson.of(task));
    }

    // ---- REST
    // --------------------------------------------------------------------------------------------------------

    /** One of the three. */
    record ToExport(
            @Nullable String evidenceId,
            @Nullable String volumeId,
            @Nullable String caseNo,
            @Nullable Boolean toFolder) {}

    @PostMapping("/api/v1/filing/exports")
    @PreAuthorize(Access.FILE)
    @ResponseBody
    ResponseEntity<ObjectNode> export(@RequestBody ToExport body) {
        FilingTask task = exports.start(
                body.evidenceId() == null ? null : FilingJson.id(body.evidenceId(), "evidenceId"),
                body.volumeId() == null ? null : FilingJson.id(body.volumeId(), "volumeId"),
                body.caseNo(),
                Boolean.TRUE.equals(body.toFolder()),
                CurrentActor.get());
        runner.wake();
        return ResponseEntity.status(HttpStatus.ACCEPTED)
                .header("Location", "/api/v1/filing/tasks/" + task.id())
                .body(FilingJson.of(task));
    }

    @GetMapping("/api/v1/filing/exports/{id}/package")
    @PreAuthorize(Access.FILE)
    void downloadByRest(@PathVariable("id") UUID id, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        send(id, request, response);
    }

    /** The body is the file, with Content-Length. */
    @PostMapping("/api/v1/filing/imports")
    @PreAuthorize(Access.FILE)
    @ResponseBody
    ResponseEntity<ObjectNode> takeByRest(
            @RequestParam("name") String name,
            @RequestParam(name = "sha256", required = false) @Nullable String sha256,
            HttpServletRequest request)
            throws IOException {
        return received(name, sha256, request, "/api/v1/filing/tasks/");
    }
}
