package org.tiezheng.archive.retention;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
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

/** Legal holds. */
@Controller
class HoldsController {
    private static final int PAGE = 100;
    private static final int EVIDENCE = 500;

    private final Holds holds;
    private final Approvals approvals;

    HoldsController(Holds holds, Approvals approvals) {
        this.holds = holds;
        this.approvals = approvals;
    }

    @GetMapping("/holds")
    @PreAuthorize(Access.VIEW_RETENTION)
    String list(
            Model model,
            @RequestParam(defaultValue = "false") boolean released,
            @RequestParam(required = false) @Nullable Long before) {
        List<Holds.Hold> rows = holds.list(!released, before == null ? Long.MAX_VALUE : before, PAGE);
        model.addAttribute("rows", rows);
        model.addAttribute("released", released);
        model.addAttribute("first", before == null);
        model.addAttribute(
                "next", rows.size() < PAGE ? null : rows.get(rows.size() - 1).number());
        return "retention/holds";
    }

    @GetMapping("/holds/{id}")
    @PreAuthorize(Access.VIEW_RETENTION)
    String one(@PathVariable UUID id, Model model) {
        model.addAttribute("hold", holds.find(id).orElseThrow(() -> Problem.notFound(id.toString())));
        model.addAttribute("evidence", holds.evidenceOf(id, EVIDENCE));
        model.addAttribute(
                "asked", approvals.open(Approval.Kind.RELEASE, id.toString()).orElse(null));
        return "retention/hold";
    }

    /** On marked evidence, or on a whole case. */
    @PostMapping("/holds")
    @PreAuthorize(Access.HOLD)
    String place(
            @RequestParam(name = "id", required = false) @Nullable List<UUID> ids,
            @RequestParam(defaultValue = "") String caseNo,
            @RequestParam String reason) {
        UUID hold = holds.place(ids == null ? List.of() : ids, caseNo, reason, CurrentActor.get());
        return "redirect:/holds/" + hold;
    }

    @PostMapping("/holds/{id}/release")
    @PreAuthorize(Access.HOLD)
    String release(@PathVariable UUID id, @RequestParam String reason) {
        UUID unused = holds.proposeRelease(id, reason, CurrentActor.get());
        return "redirect:/holds/" + id;
    }
}
