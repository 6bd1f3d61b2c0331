package org.tiezheng.archive.retention;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.CaseType;

/** Retention in templates of other areas, {@code @retentionView}: badges and the card on the page of one evidence. */
public final class RetentionView {
    private final Retentions retentions;
    private final RetentionClasses classes;
    private final Holds holds;
    private final Appraisals appraisals;
    private final Disposals disposals;
    private final Clock clock;

    public RetentionView(
            Retentions retentions,
            RetentionClasses classes,
            Holds holds,
            Appraisals appraisals,
            Disposals disposals,
            Clock clock) {
        this.retentions = retentions;
        this.classes = classes;
        this.holds = holds;
        this.appraisals = appraisals;
        this.disposals = disposals;
        this.clock = clock;
    }

    /** Null if no rule was looked up yet. */
    public @Nullable RetentionOf of(UUID evidenceId) {
        return retentions.of(evidenceId).orElse(null);
    }

    public RetentionOf.State state(RetentionOf retention) {
        return retention.state(clock.instant());
    }

    /** What a class is called; its id if no row of it is in force. */
    public String title(String classId, Locale locale) {
        return titles(locale).getOrDefault(classId, classId);
    }

    /** What the classes of today are called, by id. */
    public Map<String, String> titles(Locale locale) {
        return classes.inForce().stream().collect(Collectors.toMap(RetentionClass::classId, row -> row.title(locale)));
    }

    /** What may be said of a case. */
    public List<CaseType> caseTypes() {
        return CaseType.ofCases();
    }

    /** The classes of today, longest first. */
    public List<RetentionClass> classes() {
        return classes.inForce();
    }

    /** Classes that keep longer than this evidence's now. */
    public List<RetentionClass> longerThan(RetentionOf retention) {
        return classes.inForce().stream()
                .filter(row -> RetentionClass.isAtLeast(row.years(), retention.years())
                        && !row.classId().equals(retention.classId()))
                .toList();
    }

    /** Classes that keep shorter than this evidence's now. */
    public List<RetentionClass> shorterThan(RetentionOf retention) {
        return classes.inForce().stream()
                .filter(row -> !RetentionClass.isAtLeast(row.years(), retention.years()))
                .toList();
    }

    public List<Holds.OnEvidence> holds(UUID evidenceId) {
        return holds.list(evidenceId);
    }

    public List<Retentions.Decision> history(UUID evidenceId) {
        return retentions.history(evidenceId);
    }

    public List<Appraisals.Appraisal> appraisals(UUID evidenceId) {
        return appraisals.of(evidenceId);
    }

    public Optional<Disposal> disposal(UUID id) {
        return disposals.find(id);
    }

    Instant now() {
        return clock.instant();
    }
}
