package org.tiezheng.archive.retention;

import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.catalogue.CaseType;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Problem;

/** Retention, holds, appraisal and disposal for programs: everything the screens do with them. */
@RestController
@RequestMapping("/api/v1")
class RetentionApi {
    private static final int MOST = 1000;

    private final RetentionFigures figures;
    private final RetentionClasses classes;
    private final RetentionRules rules;
    private final RuleEdits edits;
    private final Cases cases;
    private final Approvals approvals;
    private final Retentions retentions;
    private final ClassChanges changes;
    private final LockChecks checks;
    private final Holds holds;
    private final Appraisals appraisals;
    private final Disposals disposals;
    private final EvidenceAccess access;

    RetentionApi(
            RetentionFigures figures,
            RetentionClasses classes,
            RetentionRules rules,
            RuleEdits edits,
            Cases cases,
            Approvals approvals,
            Retentions retentions,
            ClassChanges changes,
            LockChecks checks,
            Holds holds,
            Appraisals appraisals,
            Disposals disposals,
            EvidenceAccess access) {
        this.figures = figures;
        this.classes = classes;
        this.rules = rules;
        this.edits = edits;
        this.cases = cases;
        this.approvals = approvals;
        this.retentions = retentions;
        this.changes = changes;
        this.checks = checks;
        this.holds = holds;
        this.appraisals = appraisals;
        this.disposals = disposals;
        this.access = access;
    }

    /** Rows of a list. */
    record Items<T>(List<T> items) {}

    /** What was made. */
    record Made(UUID id) {}

    // ---- overview -----------------------------------------------------------------------------------------------

    /** @param countedAt when distribution and bases were counted */
    record Overview(
            Instant countedAt,
            List<RetentionFigures.InClass> distribution,
            List<RetentionFigures.Basis> bases,
            RetentionFigures.Waiting waiting) {}

    @GetMapping("/retention")
    @PreAuthorize(Access.VIEW_RETENTION)
    Overview overview() {
        RetentionFigures.Whole whole = figures.whole();
        return new Overview(whole.countedAt(), whole.distribution(), whole.bases(), figures.waiting(whole));
    }

    @GetMapping("/retention/checks")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<LockChecks.Check> checks() {
        return new Items<>(checks.latest(100));
    }

    @PostMapping("/retention/checks")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.HOLD)
    Made check() {
        return new Made(checks.start(CurrentActor.get()));
    }

    record CheckResult(LockChecks.Check check, List<LockChecks.Difference> differences) {}

    @GetMapping("/retention/checks/{id}")
    @PreAuthorize(Access.VIEW_RETENTION)
    CheckResult check(@PathVariable UUID id) {
        LockChecks.Check check = checks.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        return new CheckResult(check, checks.differences(id, MOST));
    }

    @DeleteMapping("/retention/checks/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.HOLD)
    void cancelCheck(@PathVariable UUID id) {
        checks.cancel(id, CurrentActor.get());
    }

    // ---- classes, rules, cases ----------------------------------------------------------------------------------

    @GetMapping("/retention/classes")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<RetentionClass> classes() {
        return new Items<>(classes.all());
    }

    /** A row as asked for, and why; see {@link RuleEdits.NewClass}. */
    record ClassRequest(
            String classId,
            @Nullable Integer years,
            String titleZh,
            String titleEn,
            String approvalDoc,
            LocalDate validFrom,
            @Nullable LocalDate validTo,
            String reason) {}

    @PostMapping("/retention/classes")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.APPROVE)
    Made proposeClass(@RequestBody ClassRequest row) {
        required("classId", row.classId());
        required("validFrom", row.validFrom());
        return new Made(edits.propose(
                new RuleEdits.NewClass(
                        row.classId(),
                        row.years(),
                        row.titleZh(),
                        row.titleEn(),
                        row.approvalDoc(),
                        row.validFrom(),
                        row.validTo()),
                row.reason(),
                CurrentActor.get()));
    }

    @GetMapping("/retention/rules")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<RetentionRule> rules() {
        return new Items<>(rules.all());
    }

    /** A row as asked for, and why; see {@link RuleEdits.NewRule}. */
    record RuleRequest(
            String ruleId,
            CaseType caseType,
            String classId,
            RetentionRule.Begins begins,
            String approvalDoc,
            LocalDate validFrom,
            @Nullable LocalDate validTo,
            String reason) {}

    @PostMapping("/retention/rules")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.APPROVE)
    Made proposeRule(@RequestBody RuleRequest row) {
        required("ruleId", row.ruleId());
        required("caseType", row.caseType());
        required("classId", row.classId());
        required("begins", row.begins());
        required("validFrom", row.validFrom());
        return new Made(edits.propose(
                new RuleEdits.NewRule(
                        row.ruleId(),
                        row.caseType(),
                        row.classId(),
                        row.begins(),
                        row.approvalDoc(),
                        row.validFrom(),
                        row.validTo()),
                row.reason(),
                CurrentActor.get()));
    }

    @GetMapping("/retention/cases")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<Cases.WithEvidence> cases() {
        return new Items<>(cases.latest(MOST));
    }

    /** @param closedOn missing: the case is open */
    record CaseRequest(
            String caseNo,
            CaseType caseType,
            @Nullable LocalDate closedOn,
            @Nullable String reason) {}

    @PostMapping("/retention/cases")
    @PreAuthorize(Access.HOLD)
    CaseState say(@RequestBody CaseRequest said) {
        required("caseType", said.caseType());
        return cases.say(said.caseNo(), said.caseType(), said.closedOn(), said.reason(), CurrentActor.get());
    }

    // ---- a second person ----------------------------------------------------------------------------------------

    @GetMapping("/retention/approvals")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<Approval> approvals(@RequestParam(defaultValue = "true") boolean open) {
        return new Items<>(open ? approvals.open() : approvals.decided(500));
    }

    /** @param decision {@code approve}, {@code refuse} or {@code withdraw} */
    record DecisionRequest(String decision, @Nullable String note) {}

    @PostMapping("/retention/approvals/{id}")
    @PreAuthorize(Access.DECIDE_RETENTION)
    Approval decide(@PathVariable UUID id, @RequestBody DecisionRequest body) {
        switch (String.valueOf(body.decision())) {
            case "approve" -> approvals.approve(id, body.note(), CurrentActor.get());
            case "refuse" ->
                approvals.refuse(id, String.valueOf(body.note() == null ? "" : body.note()), CurrentActor.get());
            case "withdraw" -> approvals.withdraw(id, CurrentActor.get());
            default -> throw Problem.invalid("decision", "invalid");
        }
        return approvals.find(id).orElseThrow();
    }

    // ---- the class of evidence ----------------------------------------------------------------------------------

    record OfEvidence(
            @Nullable RetentionOf retention,
            List<Retentions.Decision> history,
            List<Holds.OnEvidence> holds,
            List<Appraisals.Appraisal> appraisals) {}

    @GetMapping("/evidence/{id}/retention")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    OfEvidence ofEvidence(@PathVariable UUID id) {
        UUID seen = access.openRow(id, CurrentActor.get(), "evidence.view", "retention")
                .id();
        return new OfEvidence(
                retentions.of(seen).orElse(null), retentions.history(seen), holds.list(seen), appraisals.of(seen));
    }

    /** @param caseNo everything that is linked to this case now */
    record RaiseRequest(
            @Nullable List<UUID> evidence, @Nullable String caseNo, String classId, String reason) {}

    /** @param changed how many got another class */
    record Raised(int changed) {}

    @PostMapping("/retention/raise")
    @PreAuthorize(Access.HOLD)
    Raised raise(@RequestBody RaiseRequest body) {
        required("classId", body.classId());
        List<UUID> all = new ArrayList<>(body.evidence() == null ? List.of() : body.evidence());
        String caseNo = body.caseNo();
        if (caseNo != null && !caseNo.isBlank()) {
            all.addAll(changes.ofCase(caseNo.strip()));
        }
        return new Raised(changes.raise(all, body.classId(), body.reason(), CurrentActor.get()));
    }

    record LowerRequest(UUID evidence, String classId, String reason) {}

    @PostMapping("/retention/lower")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.HOLD)
    Made lower(@RequestBody LowerRequest body) {
        required("evidence", body.evidence());
        required("classId", body.classId());
        return new Made(changes.proposeLower(body.evidence(), body.classId(), body.reason(), CurrentActor.get()));
    }

    // ---- holds --------------------------------------------------------------------------------------------------

    @GetMapping("/holds")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<Holds.Hold> holds(
            @RequestParam(defaultValue = "false") boolean released,
            @RequestParam(required = false) @Nullable Long before) {
        return new Items<>(holds.list(!released, before == null ? Long.MAX_VALUE : before, 100));
    }

    record HoldRequest(
            @Nullable List<UUID> evidence, @Nullable String caseNo, String reason) {}

    @PostMapping("/holds")
    @ResponseStatus(HttpStatus.CREATED)
    @PreAuthorize(Access.HOLD)
    Made place(@RequestBody HoldRequest body) {
        return new Made(holds.place(
                body.evidence() == null ? List.of() : body.evidence(),
                body.caseNo(),
                body.reason(),
                CurrentActor.get()));
    }

    record HoldDetail(Holds.Hold hold, List<Holds.OnEvidence> evidence) {}

    @GetMapping("/holds/{id}")
    @PreAuthorize(Access.VIEW_RETENTION)
    HoldDetail hold(@PathVariable UUID id) {
        return new HoldDetail(
                holds.find(id).orElseThrow(() -> Problem.notFound(id.toString())), holds.evidenceOf(id, Holds.MOST));
    }

    record ReasonRequest(String reason) {}

    @PostMapping("/holds/{id}/release")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.HOLD)
    Made release(@PathVariable UUID id, @RequestBody ReasonRequest body) {
        return new Made(holds.proposeRelease(id, body.reason(), CurrentActor.get()));
    }

    // ---- appraisal and disposal ---------------------------------------------------------------------------------

    /** What has reached the end of its period. @param endedAt with {@code after}: of the last row seen */
    @GetMapping("/appraisals")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<Appraisals.Due> queue(
            @RequestParam(required = false) @Nullable Instant endedAt,
            @RequestParam(required = false) @Nullable UUID after) {
        return new Items<>(
                appraisals.queue(endedAt == null || after == null ? null : new Appraisals.After(endedAt, after), 100));
    }

    /** Decisions to destroy that are on no list yet. */
    @GetMapping("/appraisals/to-list")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<Appraisals.Appraisal> toList() {
        return new Items<>(appraisals.toList(Disposals.MOST));
    }

    record AppraisalRequest(
            UUID evidence,
            Appraisals.Decision decision,
            String opinion,
            @Nullable String classId,
            @Nullable String transferTo) {}

    @PostMapping("/appraisals")
    @ResponseStatus(HttpStatus.CREATED)
    @PreAuthorize(Access.HOLD)
    Made appraise(@RequestBody AppraisalRequest body) {
        required("evidence", body.evidence());
        required("decision", body.decision());
        return new Made(appraisals.appraise(
                body.evidence(),
                body.decision(),
                body.opinion(),
                body.classId(),
                body.transferTo(),
                CurrentActor.get()));
    }

    @DeleteMapping("/appraisals/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.HOLD)
    void withdraw(@PathVariable UUID id) {
        appraisals.withdraw(id, CurrentActor.get());
    }

    @GetMapping("/disposals")
    @PreAuthorize(Access.VIEW_RETENTION)
    Items<Disposal> disposals(
            @RequestParam(required = false) @Nullable Long before, @RequestParam(defaultValue = "false") boolean open) {
        return new Items<>(disposals.list(before == null ? Long.MAX_VALUE : before, open, 100));
    }

    record DisposalRequest(List<UUID> appraisals, String opinion, String method, List<String> supervisors) {}

    @PostMapping("/disposals")
    @ResponseStatus(HttpStatus.CREATED)
    @PreAuthorize(Access.HOLD)
    Disposal propose(@RequestBody DisposalRequest body) {
        required("appraisals", body.appraisals());
        required("supervisors", body.supervisors());
        return disposals.propose(
                body.appraisals(), body.opinion(), body.method(), body.supervisors(), CurrentActor.get());
    }

    record DisposalDetail(Disposal disposal, List<Disposal.Item> items) {}

    @GetMapping("/disposals/{id}")
    @PreAuthorize(Access.VIEW_RETENTION)
    DisposalDetail disposal(@PathVariable UUID id) {
        return new DisposalDetail(found(id), disposals.items(id));
    }

    private Disposal found(UUID id) {
        return disposals.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
    }

    /** The list, as it was approved. */
    @GetMapping("/disposals/{id}/list")
    @PreAuthorize(Access.VIEW_RETENTION)
    ResponseEntity<byte[]> list(@PathVariable UUID id) {
        return DisposalsController.file(found(id).list(), "disposal-list-" + id + ".json");
    }

    /** The certificate, as it is kept in the store. */
    @GetMapping("/disposals/{id}/certificate")
    @PreAuthorize(Access.VIEW_RETENTION)
    ResponseEntity<byte[]> certificate(@PathVariable UUID id) {
        Disposal disposal = found(id);
        String paper = disposal.certificate();
        if (paper == null || disposal.certificateSha256() == null) {
            throw Problem.notFound(id.toString());
        }
        return DisposalsController.file(paper, "disposal-certificate-" + id + ".json");
    }

    @PostMapping("/disposals/{id}/cancel")
    @PreAuthorize(Access.DECIDE_RETENTION)
    Disposal cancel(@PathVariable UUID id, @RequestBody ReasonRequest body) {
        disposals.cancel(id, body.reason(), CurrentActor.get());
        return found(id);
    }

    private static void required(String field, @Nullable Object value) {
        if (value == null) {
            throw Problem.invalid(field, "required");
        }
    }
}
