package org.tiezheng.archive.retention;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.json.JsonMapper;

/** Appraisal of what has reached the end of its period, and disposal of what is to go. */
@Controller
class DisposalsController {
    private static final int PAGE = 100;

    private final Appraisals appraisals;
    private final Disposals disposals;
    private final Approvals approvals;
    private final RetentionView view;

    DisposalsController(Appraisals appraisals, Disposals disposals, Approvals approvals, RetentionView view) {
        this.appraisals = appraisals;
        this.disposals = disposals;
        this.approvals = approvals;
        this.view = view;
    }

    @GetMapping("/appraisals")
    @PreAuthorize(Access.VIEW_RETENTION)
    String queue(
            Model model,
            Locale locale,
            @RequestParam(required = false) @Nullable String endedAt,
            @RequestParam(required = false) @Nullable UUID after,
            @RequestParam(defaultValue = "") String done) {
        Appraisals.After place =
                endedAt == null || after == null ? null : new Appraisals.After(instant(endedAt), after);
        List<Appraisals.Due> rows = appraisals.queue(place, PAGE);
        model.addAttribute("rows", rows);
        model.addAttribute("first", place == null);
        model.addAttribute("last", rows.size() < PAGE ? null : rows.get(rows.size() - 1));
        model.addAttribute("toList", appraisals.toList(Disposals.MOST));
        model.addAttribute("persons", disposals.supervisorChoices());
        model.addAttribute("titles", view.titles(locale));
        model.addAttribute("classes", view.classes());
        model.addAttribute("decisions", Appraisals.Decision.values());
        model.addAttribute("done", done.matches("appraised|withdrawn") ? done : "");
        return "retention/appraisals";
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (java.time.format.DateTimeParseException wrong) {
            throw Problem.invalid("endedAt", "invalid").because(wrong);
        }
    }

    @PostMapping("/appraisals")
    @PreAuthorize(Access.HOLD)
    String appraise(
            @RequestParam(name = "id", required = false) @Nullable List<UUID> ids,
            @RequestParam Appraisals.Decision decision,
            @RequestParam String opinion,
            @RequestParam(required = false) @Nullable String classId,
            @RequestParam(required = false) @Nullable String transferTo) {
        if (ids == null || ids.isEmpty()) {
            throw Problem.invalid("id", "required");
        }
        for (UUID id : ids) {
            UUID unused = appraisals.appraise(id, decision, opinion, classId, transferTo, CurrentActor.get());
        }
        return "redirect:/appraisals?done=appraised";
    }

    @PostMapping("/appraisals/{id}/withdraw")
    @PreAuthorize(Access.HOLD)
    String withdraw(@PathVariable UUID id) {
        appraisals.withdraw(id, CurrentActor.get());
        return "redirect:/appraisals?done=withdrawn";
    }

    @GetMapping("/disposals")
    @PreAuthorize(Access.VIEW_RETENTION)
    String list(
            Model model,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "false") boolean open) {
        List<Disposal> rows = disposals.list(before == null ? Long.MAX_VALUE : before, open, PAGE);
        model.addAttribute("rows", rows);
        model.addAttribute("open", open);
        model.addAttribute("first", before == null);
        model.addAttribute(
                "next", rows.size() < PAGE ? null : rows.get(rows.size() - 1).number());
        return "retention/disposals";
    }

    @PostMapping("/disposals")
    @PreAuthorize(Access.HOLD)
    String propose(
            @RequestParam(name = "appraisal", required = false) @Nullable List<UUID> ids,
            @RequestParam String opinion,
            @RequestParam String method,
            @RequestParam String supervisor1,
            @RequestParam String supervisor2) {
        Disposal made = disposals.propose(
                ids == null ? List.of() : ids, opinion, method, List.of(supervisor1, supervisor2), CurrentActor.get());
        return "redirect:/disposals/" + made.id();
    }

    @GetMapping("/disposals/{id}")
    @PreAuthorize(Access.VIEW_RETENTION)
    String one(@PathVariable UUID id, Model model) {
        fill(id, model);
        return "retention/disposal";
    }

    /** List and certificate on paper. */
    @GetMapping("/disposals/{id}/print")
    @PreAuthorize(Access.VIEW_RETENTION)
    String print(@PathVariable UUID id, Model model) {
        Disposal disposal = fill(id, model);
        model.addAttribute("list", JsonMapper.shared().readTree(disposal.list()));
        return "retention/certificate";
    }

    private Disposal fill(UUID id, Model model) {
        Disposal disposal = found(id);
        model.addAttribute("disposal", disposal);
        model.addAttribute("items", disposals.items(id));
        model.addAttribute("approval", approvals.find(disposal.approvalId()).orElse(null));
        return disposal;
    }

    private Disposal found(UUID id) {
        return disposals.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
    }

    /** The list as it was approved: these bytes have the digest that is shown. */
    @GetMapping("/disposals/{id}/list.json")
    @PreAuthorize(Access.VIEW_RETENTION)
    ResponseEntity<byte[]> listFile(@PathVariable UUID id) {
        return file(found(id).list(), "disposal-list-" + id + ".json");
    }

    /** The certificate: these bytes are kept in the store. */
    @GetMapping("/disposals/{id}/certificate.json")
    @PreAuthorize(Access.VIEW_RETENTION)
    ResponseEntity<byte[]> certificateFile(@PathVariable UUID id) {
        Disposal disposal = found(id);
        String paper = disposal.certificate();
        if (paper == null || disposal.certificateSha256() == null) {
            throw Problem.notFound(id.toString());
        }
        return file(paper, "disposal-certificate-" + id + ".json");
    }

    static ResponseEntity<byte[]> file(String text, String name) {
        return ResponseEntity.ok()
                .header("Content-Disposition", "attachment; filename=\"" + name + "\"")
                .contentType(MediaType.APPLICATION_JSON)
                .body(text.getBytes(StandardCharsets.UTF_8));
    }

    @PostMapping("/disposals/{id}/cancel")
    @PreAuthorize(Access.DECIDE_RETENTION)
    String cancel(@PathVariable UUID id, @RequestParam String reason) {
        disposals.cancel(id, reason, CurrentActor.get());
        return "redirect:/disposals/" + id;
    }
}
