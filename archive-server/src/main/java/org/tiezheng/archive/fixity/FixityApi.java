package org.tiezheng.archive.fixity;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.archive.identity.Access;
import org.tiezheng.archive.identity.CurrentActor;
import org.tiezheng.archive.web.Problem;

/** Fixity over REST: the same as on the screens. */
@RestController
@RequestMapping("/api/v1")
class FixityApi {
    private final FixityOffice office;
    private final FixityFigures figures;
    private final EvidenceAccess access;

    FixityApi(FixityOffice office, FixityFigures figures, EvidenceAccess access) {
        this.office = office;
        this.figures = figures;
        this.access = access;
    }

    /** @param reason 4 to 1000 characters */
    record Reason(@Nullable String reason) {}

    /** @param bytesPerSecond of each server; null: as configured */
    record Rate(@Nullable Long bytesPerSecond) {}

    record Period(@Nullable Integer days) {}

    /**
     * A run to begin.
     *
     * @param kind PACKAGE (needs evidence), SEARCH (needs text), STORE (needs store) or ALL
     * @param text as in the search of evidence
     * @param store only copies in this store
     * @param samplePercent above 0 to 100; absent: everything
     * @param seed of the sample; absent: a random one
     */
    record NewRun(
            Selection.@Nullable Kind kind,
            @Nullable UUID evidence,
            @Nullable String text,
            @Nullable String store,
            @Nullable BigDecimal samplePercent,
            @Nullable String seed) {}

    @GetMapping("/fixity")
    @PreAuthorize(Access.VIEW_FIXITY)
    FixityView view() {
        return office.view();
    }

    /** @param days 1 to 366 */
    @GetMapping("/fixity/calendar")
    @PreAuthorize(Access.VIEW_FIXITY)
    List<FixityFigures.Day> calendar(@RequestParam(name = "days", defaultValue = "90") int days) {
        if (days < 1 || days > 366) {
            throw Problem.invalid("days", "fixity-days");
        }
        return figures.calendar(days);
    }

    /**
     * Checks, newest first.
     *
     * @param before number of the last of the part before
     * @param alarming only those that found something wrong
     */
    @GetMapping("/fixity/results")
    @PreAuthorize(Access.VIEW_FIXITY)
    List<ResultLine> results(
            @RequestParam(name = "before", defaultValue = "9223372036854775807") long before,
            @RequestParam(name = "alarming", defaultValue = "false") boolean alarming,
            @RequestParam(name = "limit", defaultValue = "100") int limit) {
        return office.results(before, alarming, limit);
    }

    @GetMapping("/fixity/damages")
    @PreAuthorize(Access.VIEW_FIXITY)
    List<Damage> damages(@RequestParam(name = "open", defaultValue = "true") boolean open) {
        return office.damages(open);
    }

    @GetMapping("/fixity/damages/{id}")
    @PreAuthorize(Access.VIEW_FIXITY)
    DamageView damage(@PathVariable("id") UUID id) {
        return office.damage(id);
    }

    /** Every copy of the object is read again within seconds. */
    @PostMapping("/fixity/damages/{id}/checks")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.CHECK_FIXITY)
    void checkAgain(@PathVariable("id") UUID id) {
        office.checkAgain(id, CurrentActor.get());
    }

    @PostMapping("/fixity/damages/{id}/repairs")
    @ResponseStatus(HttpStatus.CREATED)
    @PreAuthorize(Access.CHECK_FIXITY)
    Map<String, UUID> propose(@PathVariable("id") UUID id, @RequestBody Reason reason) {
        return Map.of("id", office.propose(id, text(reason), CurrentActor.get()));
    }

    @PostMapping("/fixity/damages/{id}/dismissal")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.APPROVE)
    void dismiss(@PathVariable("id") UUID id, @RequestBody Reason reason) {
        office.dismiss(id, text(reason), CurrentActor.get());
    }

    @PostMapping("/fixity/repairs/{id}/approval")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.APPROVE)
    void approve(@PathVariable("id") UUID id, @RequestBody Reason reason) {
        office.decide(id, true, text(reason), CurrentActor.get());
    }

    @PostMapping("/fixity/repairs/{id}/rejection")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.APPROVE)
    void reject(@PathVariable("id") UUID id, @RequestBody Reason reason) {
        office.decide(id, false, text(reason), CurrentActor.get());
    }

    @GetMapping("/fixity/extras")
    @PreAuthorize(Access.VIEW_FIXITY)
    List<FixityView.ExtraLine> extras() {
        return office.extras();
    }

    @PostMapping("/fixity/extras/{id}/acknowledgement")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.CHECK_FIXITY)
    void acknowledge(@PathVariable("id") long id, @RequestBody Reason reason) {
        office.acknowledge(id, text(reason), CurrentActor.get());
    }

    @GetMapping("/fixity/runs")
    @PreAuthorize(Access.VIEW_FIXITY)
    List<Run> runs() {
        return office.runs();
    }

    @GetMapping("/fixity/runs/{id}")
    @PreAuthorize(Access.VIEW_FIXITY)
    Run run(@PathVariable("id") UUID id) {
        return office.run(id);
    }

    @PostMapping("/fixity/runs")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PreAuthorize(Access.CHECK_FIXITY)
    Map<String, UUID> start(@RequestBody NewRun run) {
        UUID id = office.start(
                selection(run.kind(), run.evidence(), run.text(), run.store()),
                run.samplePercent() == null ? BigDecimal.valueOf(100) : run.samplePercent(),
                run.seed(),
                CurrentActor.get());
        return Map.of("id", id);
    }

    /** @throws Problem 400 if something the kind needs is missing */
    static Selection selection(
            Selection.@Nullable Kind kind, @Nullable UUID evidence, @Nullable String text, @Nullable String store) {
        if (kind == null) {
            throw Problem.invalid("kind", "required");
        }
        String where = store == null || store.isBlank() ? null : store;
        return switch (kind) {
            case PACKAGE -> {
                if (evidence == null) {
                    throw Problem.invalid("evidence", "required");
                }
                yield new Selection(kind, evidence, null, where);
            }
            case SEARCH -> {
                if (text == null || text.isBlank()) {
                    throw Problem.invalid("text", "required");
                }
                if (text.length() > 500) {
                    throw Problem.invalid("text", "too-long", 500);
                }
                yield new Selection(kind, null, EvidenceQuery.text(text), where);
            }
            case STORE -> {
                if (where == null) {
                    throw Problem.invalid("store", "required");
                }
                yield new Selection(kind, null, null, where);
            }
            case ALL -> new Selection(kind, null, null, where);
        };
    }

    @DeleteMapping("/fixity/runs/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.CHECK_FIXITY)
    void cancel(@PathVariable("id") UUID id) {
        office.changeRun(id, "cancel", CurrentActor.get());
    }

    @PostMapping("/fixity/runs/{id}/pause")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.CHECK_FIXITY)
    void pauseRun(@PathVariable("id") UUID id) {
        office.changeRun(id, "pause", CurrentActor.get());
    }

    @PostMapping("/fixity/runs/{id}/resume")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.CHECK_FIXITY)
    void resumeRun(@PathVariable("id") UUID id) {
        office.changeRun(id, "resume", CurrentActor.get());
    }

    @PutMapping("/fixity/rate")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.PACE_FIXITY)
    void rate(@RequestBody Rate rate) {
        office.setRate(rate.bytesPerSecond(), CurrentActor.get());
    }

    @PutMapping("/fixity/period")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.PACE_FIXITY)
    void period(@RequestBody Period period) {
        if (period.days() == null) {
            throw Problem.invalid("days", "required");
        }
        office.setPeriod(period.days(), CurrentActor.get());
    }

    @PutMapping("/fixity/pause")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.PACE_FIXITY)
    void pause(@RequestBody Reason reason) {
        office.pause(text(reason), CurrentActor.get());
    }

    @DeleteMapping("/fixity/pause")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PreAuthorize(Access.PACE_FIXITY)
    void resume() {
        office.resume(CurrentActor.get());
    }

    /** The copies of one package in a line. */
    @GetMapping("/evidence/{id}/fixity")
    @PreAuthorize(Access.VIEW_EVIDENCE)
    FixityFigures.PackageLine ofPackage(@PathVariable("id") UUID id) {
        var unused = access.may(id, CurrentActor.get(), "evidence.view");
        return figures.ofPackage(id);
    }

    private static String text(Reason reason) {
        return reason.reason() == null ? "" : reason.reason();
    }
}
