package org.tiezheng.verifier;

import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;

/**
 * Everything a verification saw, best read in order: container, manifests, WACZ, time-stamps, signature.
 *
 * <p>A check that ran and found nothing wrong appears as one VALID finding; a check that could not run
 * appears as INDETERMINATE or as a {@link Note}. So nothing is passed by being left out.
 *
 * @param findings sorted by code, findings of one code in the order they were made
 * @param facts what the package says
 * @param notes what limits the verdict
 * @param notSealed members that no signature or token covers and that were not checked beyond their form, in the order
 *     of the package; {@link Note#NOT_SEALED} if there are any
 */
public record Report(List<Finding> findings, Facts facts, Set<Note> notes, List<String> notSealed) {

    public Report {
        notSealed = List.copyOf(notSealed);
        findings = findings.stream().sorted(Comparator.comparing(Finding::code)).toList();
        notes = notes.isEmpty() ? Set.of() : java.util.Collections.unmodifiableSet(EnumSet.copyOf(notes));
    }

    /** The worst of all findings; INDETERMINATE if there are none, since then nothing was checked. */
    public Verdict verdict() {
        return findings.isEmpty() ? Verdict.INDETERMINATE : Verdict.worstOf(findings);
    }

    /** The worst finding of one area; empty if no check of that area ran. */
    public Optional<Verdict> verdict(Area area) {
        return findings.stream()
                .filter(f -> Area.of(f.code()) == area)
                .map(Finding::verdict)
                .reduce(Verdict::worse);
    }

    /** The findings a reader has to look at: all that are not VALID. */
    public List<Finding> problems() {
        return findings.stream().filter(f -> f.verdict() != Verdict.VALID).toList();
    }
}
