package org.tiezheng.archive.fixity;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.catalogue.EvidenceQuery;

/**
 * What a run checks.
 *
 * @param evidence for {@link Kind#PACKAGE}
 * @param query for {@link Kind#SEARCH}
 * @param store only copies there; null: every copy. Needed for {@link Kind#STORE}
 */
public record Selection(
        Kind kind,
        @Nullable UUID evidence,
        @Nullable EvidenceQuery query,
        @Nullable String store) {
    /** How the objects are chosen. */
    public enum Kind {
        /** The members of one package. */
        PACKAGE,
        /** The members of all packages that a search finds when the run begins. */
        SEARCH,
        /** Everything in one store. */
        STORE,
        /** Everything. */
        ALL
    }

    /** @throws IllegalArgumentException if what the kind needs is missing */
    public Selection {
        if ((kind == Kind.PACKAGE) != (evidence != null)
                || (kind == Kind.SEARCH) != (query != null)
                || (kind == Kind.STORE && store == null)) {
            throw new IllegalArgumentException("incomplete selection " + kind);
        }
    }

    public static Selection ofPackage(UUID evidence) {
        return new Selection(Kind.PACKAGE, evidence, null, null);
    }

    public static Selection ofSearch(EvidenceQuery query) {
        return new Selection(Kind.SEARCH, null, query, null);
    }

    public static Selection ofStore(String store) {
        return new Selection(Kind.STORE, null, null, store);
    }

    public static Selection all() {
        return new Selection(Kind.ALL, null, null, null);
    }
}
