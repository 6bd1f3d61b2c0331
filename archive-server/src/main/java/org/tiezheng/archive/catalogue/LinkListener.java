package org.tiezheng.archive.catalogue;

import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;

/** Told of every link that a person makes, in the same transaction: an exception undoes the link. */
public interface LinkListener {
    /**
     * @param linked the evidence with the link
     * @param caseType what was said of the case, with a link of kind CASE
     * @param reason as the person gave it
     */
    void linked(Evidence linked, CaseLinks.Kind kind, @Nullable CaseType caseType, @Nullable String reason, Actor by);
}
