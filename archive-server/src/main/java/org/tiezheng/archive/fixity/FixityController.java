package org.tiezheng.archive.fixity;

import java.math.BigDecimal;
import java.time.Clock;
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

/** The screens of fixity: overview, one damage, one run. Forms work without JavaScript. */
@Controller
class FixityController {
    private final FixityOffice office;
    private final Clock clock;

    FixityController(FixityOffice office, Clock clock) {
        this.office = office;
        this.clock = clock;
    }

    @GetMapping("/fixity")
    @PreAuthorize(Access.VIEW_FIXITY)
    String fixity(Model model, @RequestParam(name = "done", defaultValue = "") String done) {
        model.addAttribute("view", office.view());
        model.addAttribute("stores", office.storeIds());
        model.addAttribute("now", clock.instant());
        model.addAttribute("done", done.matches("rate|period|pause|resume|acknowledged|decided") ? done : "");
        return "fixity/fixity";
    }

    @GetMapping("/fixity/damages/{id}")
    @PreAuthorize(Access.VIEW_FIXITY)
    String damage(
            @PathVariable("id") UUID id, Model model, @RequestParam(name = "done", defaultValue = "") String done) {
        model.addAttribute("view", office.damage(id));
        model.addAttribute("done", done.matches("proposed|dismissed|again") ? done : "");
        return "fixity/damage";
    }

    @GetMapping("/fixity/runs/{id}")
    @PreAuthorize(Access.VIEW_FIXITY)
    String run(@PathVariable("id") UUID id, Model model) {
        model.addAttribute("run", office.run(id));
        model.addAttribute("now", clock.instant());
        return "fixity/run";
    }

    @PostMapping("/fixity/runs")
    @PreAuthorize(Access.CHECK_FIXITY)
    String start(
            @RequestParam("kind") Selection.Kind kind,
            @RequestParam(name = "evidence", required = false) @Nullable String evidence,
            @RequestParam(name = "text", required = false) @Nullable String text,
            @RequestParam(name = "store", required = false) @Nullable String store,
            @RequestParam(name = "sample", defaultValue = "100") BigDecimal sample,
            @RequestParam(name = "seed", required = false) @Nullable String seed) {
        Selection selection = FixityApi.selection(kind, uuid(evidence), text, store);
        return "redirect:/fixity/runs/" + office.start(selection, sample, seed, CurrentActor.get());
    }

    private static @Nullable UUID uuid(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        try {
            return UUID.fromString(text.strip());
        } catch (IllegalArgumentException e) {
            throw Problem.invalid("evidence", "fixity-evidence").because(e);
        }
    }

    @PostMapping("/fixity/runs/{id}/{act:cancel|pause|resume}")
    @PreAuthorize(Access.CHECK_FIXITY)
    String changeRun(@PathVariable("id") UUID id, @PathVariable("act") String act) {
        office.changeRun(id, act, CurrentActor.get());
        return "redirect:/fixity/runs/" + id;
    }

    @PostMapping("/fixity/damages/{id}/check")
    @PreAuthorize(Access.CHECK_FIXITY)
    String checkAgain(@PathVariable("id") UUID id) {
        office.checkAgain(id, CurrentActor.get());
        return "redirect:/fixity/damages/" + id + "?done=again";
    }

    @PostMapping("/fixity/damages/{id}/propose")
    @PreAuthorize(Access.CHECK_FIXITY)
    String propose(@PathVariable("id") UUID id, @RequestParam("reason") String reason) {
        UUID unused = office.propose(id, reason, CurrentActor.get());
        return "redirect:/fixity/damages/" + id + "?done=proposed";
    }

    @PostMapping("/fixity/damages/{id}/dismiss")
    @PreAuthorize(Access.APPROVE)
    String dismiss(@PathVariable("id") UUID id, @RequestParam("reason") String reason) {
        office.dismiss(id, reason, CurrentActor.get());
        return "redirect:/fixity/damages/" + id + "?done=dismissed";
    }

    @PostMapping("/fixity/repairs/{id}/{decision:approve|reject}")
    @PreAuthorize(Access.APPROVE)
    String decide(
            @PathVariable("id") UUID id,
            @PathVariable("decision") String decision,
            @RequestParam("reason") String reason) {
        office.decide(id, decision.equals("approve"), reason, CurrentActor.get());
        return "redirect:/fixity?done=decided";
    }

    @PostMapping("/fixity/extras/{id}/acknowledge")
    @PreAuthorize(Access.CHECK_FIXITY)
    String acknowledge(@PathVariable("id") long id, @RequestParam("reason") String reason) {
        office.acknowledge(id, reason, CurrentActor.get());
        return "redirect:/fixity?done=acknowledged";
    }

    /** @param rate MB a second; empty: as configured */
    @PostMapping("/fixity/rate")
    @PreAuthorize(Access.PACE_FIXITY)
    String rate(@RequestParam(name = "rate", defaultValue = "") String rate) {
        office.setRate(office.megabytes(rate).orElse(null), CurrentActor.get());
        return "redirect:/fixity?done=rate";
    }

    @PostMapping("/fixity/period")
    @PreAuthorize(Access.PACE_FIXITY)
    String period(@RequestParam("days") int days) {
        office.setPeriod(days, CurrentActor.get());
        return "redirect:/fixity?done=period";
    }

    @PostMapping("/fixity/pause")
    @PreAuthorize(Access.PACE_FIXITY)
    String pause(@RequestParam("reason") String reason) {
        office.pause(reason, CurrentActor.get());
        return "redirect:/fixity?done=pause";
    }

    @PostMapping("/fixity/resume")
    @PreAuthorize(Access.PACE_FIXITY)
    String resume() {
        office.resume(CurrentActor.get());
        return "redirect:/fixity?done=resume";
    }
}
