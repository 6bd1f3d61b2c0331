package org.tiezheng.archive.retention;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.format.annotation.DateTimeFormat;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Problem;

/** Retention: overview, classes and rules, cases, what waits for a second person, checks of the locks. */
@Controller
class RetentionController {
    private static final int CASES = 200;
    private static final int DECIDED = 50;
    private static final int CHECKS = 10;
    private static final int DIFFERENCES = 1000;

    private final RetentionFigures figures;
    private final RetentionClasses classes;
    private final RetentionRules rules;
    private final RuleEdits edits;
    private final Cases cases;
    private final Approvals approvals;
    private final ClassChanges changes;
    private final LockChecks checks;
    private final LockExtension locks;
    private final RetentionView view;
    private final Clock clock;

    RetentionController(
            RetentionFigures figures,
            RetentionClasses classes,
            RetentionRules rules,
            RuleEdits edits,
            Cases cases,
            Approvals approvals,
            ClassChanges changes,
            LockChecks checks,
            LockExtension locks,
            RetentionView view,
            Clock clock) {
        this.figures = figures;
        this.classes = classes;
        this.rules = rules;
        this.edits = edits;
        this.cases = cases;
        this.approvals = approvals;
        this.changes = changes;
        this.checks = checks;
        this.locks = locks;
        this.view = view;
        this.clock = clock;
    }

    /**
     * One bar of the chart.
     *
     * @param y from the top, in the units of the drawing
     * @param notRunning width of that part; the parts follow each other
     */
    public record Bar(RetentionFigures.InClass row, int y, int permanent, int notRunning, int running, int ended) {
        public int label() {
            return permanent + notRunning + running + ended + 8;
        }
    }

    private static final int BAR_HEIGHT = 30;
    private static final int BAR_WIDTH = 420;

    static List<Bar> bars(List<RetentionFigures.InClass> rows) {
        long most = Math.max(
                1,
                rows.stream()
                        .mapToLong(RetentionFigures.InClass::evidence)
                        .max()
                        .orElse(1));
        List<Bar> bars = new ArrayList<>();
        for (RetentionFigures.InClass row : rows) {
            bars.add(new Bar(
                    row,
                    bars.size() * BAR_HEIGHT,
                    row.years() == null ? width(row.evidence(), most) : 0,
                    width(row.notRunning(), most),
                    width(row.running(), most),
                    width(row.ended(), most)));
        }
        return bars;
    }

    private static int width(long count, long most) {
        return count == 0 ? 0 : (int) Math.max(2, count * BAR_WIDTH / most);
    }

    @GetMapping("/retention")
    @PreAuthorize(Access.VIEW_RETENTION)
    String overview(Model model, Locale locale, @RequestParam(defaultValue = "") String done) {
        RetentionFigures.Whole whole = figures.whole();
        List<RetentionFigures.InClass> distribution = whole.distribution();
        Instant now = clock.instant();
        model.addAttribute("distribution", distribution);
        model.addAttribute("bars", bars(distribution));
        model.addAttribute("chartHeight", distribution.size() * BAR_HEIGHT);
        model.addAttribute("titles", view.titles(locale));
        model.addAttribute("waiting", figures.waiting(whole));
        model.addAttribute(
                "endingYear",
                figures.endingBefore(now.atZone(ZoneOffset.UTC).plusYears(1).toInstant()));
        model.addAttribute("bases", whole.bases());
        model.addAttribute("countedAt", whole.countedAt());
        model.addAttribute("lockFailure", locks.lastFailure());
        model.addAttribute("checks", checks.latest(CHECKS));
        model.addAttribute("done", done.matches("check|cancelled") ? done : "");
        return "retention/overview";
    }

    @PostMapping("/retention/checks")
    @PreAuthorize(Access.HOLD)
    String check() {
        UUID id = checks.start(CurrentActor.get());
        return "redirect:/retention/checks/" + id;
    }

    @GetMapping("/retention/checks/{id}")
    @PreAuthorize(Access.VIEW_RETENTION)
    String check(@PathVariable UUID id, Model model) {
        model.addAttribute("check", checks.find(id).orElseThrow(() -> Problem.notFound(id.toString())));
        model.addAttribute("differences", checks.differences(id, DIFFERENCES));
        return "retention/check";
    }

    @PostMapping("/retention/checks/{id}/cancel")
    @PreAuthorize(Access.HOLD)
    String cancelCheck(@PathVariable UUID id) {
        checks.cancel(id, CurrentActor.get());
        return "redirect:/retention?done=cancelled";
    }

    // ---- classes and rules --------------------------------------------------------------------------------------

    @GetMapping("/retention/classes")
    @PreAuthorize(Access.VIEW_RETENTION)
    String classes(Model model, Locale locale, @RequestParam(defaultValue = "") String done) {
        model.addAttribute("classes", classes.all());
        model.addAttribute("rules", rules.all());
        model.addAttribute("inForce", classes.inForce());
        model.addAttribute("titles", view.titles(locale));
        model.addAttribute("types", CaseType.values());
        model.addAttribute("begins", RetentionRule.Begins.values());
        model.addAttribute("today", classes.today());
        model.addAttribute("done", done.equals("asked") ? done : "");
        return "retention/classes";
    }

    @PostMapping("/retention/classes")
    @PreAuthorize(Access.APPROVE)
    String proposeClass(
            @RequestParam String classId,
            @RequestParam(required = false) @Nullable Integer years,
            @RequestParam String titleZh,
            @RequestParam String titleEn,
            @RequestParam String approvalDoc,
            @RequestParam @DateTimeFormat(iso = DateTimeFormat.ISO.DATE) LocalDate validFrom,
            @RequestParam(required = false) @DateTimeFormat(iso = DateTimeFormat.ISO.DATE) @Nullable LocalDate validTo,
            @RequestParam String reason) {
        UUID unused = edits.propose(
                new RuleEdits.NewClass(classId, years, titleZh, titleEn, approvalDoc, validFrom, validTo),
                reason,
                CurrentActor.get());
        return "redirect:/retention/classes?done=asked";
    }

    @PostMapping("/retention/rules")
    @PreAuthorize(Access.APPROVE)
    String proposeRule(
            @RequestParam String ruleId,
            @RequestParam CaseType caseType,
            @RequestParam String classId,
            @RequestParam RetentionRule.Begins begins,
            @RequestParam String approvalDoc,
            @RequestParam @DateTimeFormat(iso = DateTimeFormat.ISO.DATE) LocalDate validFrom,
            @RequestParam(required = false) @DateTimeFormat(iso = DateTimeFormat.ISO.DATE) @Nullable LocalDate validTo,
            @RequestParam String reason) {
        UUID unused = edits.propose(
                new RuleEdits.NewRule(ruleId, caseType, classId, begins, approvalDoc, validFrom, validTo),
                reason,
                CurrentActor.get());
        return "redirect:/retention/classes?done=asked";
    }

    // ---- cases --------------------------------------------------------------------------------------------------

    @GetMapping("/retention/cases")
    @PreAuthorize(Access.VIEW_RETENTION)
    String cases(Model model, @RequestParam(defaultValue = "") String done) {
        model.addAttribute("cases", cases.latest(CASES));
        model.addAttribute("types", CaseType.ofCases());
        model.addAttribute("today", classes.today());
        model.addAttribute("done", done.equals("said") ? done : "");
        return "retention/cases";
    }

    @PostMapping("/retention/cases")
    @PreAuthorize(Access.HOLD)
    String say(
            @RequestParam String caseNo,
            @RequestParam CaseType caseType,
            @RequestParam(required = false) @DateTimeFormat(iso = DateTimeFormat.ISO.DATE) @Nullable LocalDate closedOn,
            @RequestParam(defaultValue = "") String reason) {
        CaseState unused = cases.say(caseNo, caseType, closedOn, reason, CurrentActor.get());
        return "redirect:/retention/cases?done=said";
    }

    // ---- a second person ----------------------------------------------------------------------------------------

    @GetMapping("/retention/approvals")
    @PreAuthorize(Access.VIEW_RETENTION)
    String approvals(Model model, @RequestParam(defaultValue = "") String done) {
        Actor actor = CurrentActor.get();
        model.addAttribute("open", approvals.open());
        model.addAttribute("decided", approvals.decided(DECIDED));
        model.addAttribute("me", actor.id());
        model.addAttribute("myRoles", List.of(actor.role().split("\\s*,\\s*")));
        model.addAttribute("done", done.matches("approve|refuse|withdraw") ? done : "");
        return "retention/approvals";
    }

    @PostMapping("/retention/approvals/{id}")
    @PreAuthorize(Access.DECIDE_RETENTION)
    String decide(@PathVariable UUID id, @RequestParam String decision, @RequestParam(defaultValue = "") String note) {
        Actor actor = CurrentActor.get();
        switch (decision) {
            case "approve" -> approvals.approve(id, note, actor);
            case "refuse" -> approvals.refuse(id, note, actor);
            case "withdraw" -> approvals.withdraw(id, actor);
            default -> throw Problem.invalid("decision", "invalid");
        }
        return "redirect:/retention/approvals?done=" + decision;
    }

    // ---- the class of evidence ----------------------------------------------------------------------------------

    /** Raises the class of marked evidence, or of a whole case. */
    @PostMapping("/retention/raise")
    @PreAuthorize(Access.HOLD)
    String raise(
            @RequestParam(name = "id", required = false) @Nullable List<UUID> ids,
            @RequestParam(defaultValue = "") String caseNo,
            @RequestParam String classId,
            @RequestParam String reason,
            @RequestParam(defaultValue = "") String back) {
        List<UUID> evidence = new ArrayList<>(ids == null ? List.of() : ids);
        if (!caseNo.isBlank()) {
            evidence.addAll(changes.ofCase(caseNo.strip()));
        }
        int unused = changes.raise(evidence, classId, reason, CurrentActor.get());
        return back(back, "/retention");
    }

    @PostMapping("/retention/lower")
    @PreAuthorize(Access.HOLD)
    String lower(@RequestParam UUID id, @RequestParam String classId, @RequestParam String reason) {
        UUID unused = changes.proposeLower(id, classId, reason, CurrentActor.get());
        return "redirect:/retention/approvals";
    }

    /** To the page of the evidence the form was on; never anywhere else. */
    static String back(String evidence, String otherwise) {
        return evidence.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
                ? "redirect:/evidence/" + evidence
                : "redirect:" + otherwise;
    }
}
