package org.tiezheng.archive.retention;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A matter that needs a second person.
 *
 * @param subject what it is about: id of evidence, hold or disposal, or a class or rule
 * @param content what exactly was asked for; done in the transaction of the approval
 */
public record Approval(
        UUID id,
        Kind kind,
        String subject,
        JsonNode content,
        String reason,
        String proposedBy,
        String proposedByName,
        Instant proposedAt,
        State state,
        @Nullable String decidedByName,
        @Nullable Instant decidedAt,
        @Nullable String note) {
    /** What is asked for, and in which role the second person decides. Names are keys of texts, {@code retention.ask.<name>}. */
    public enum Kind {
        /** A new row of a class: proposed by a responsible leader. */
        CLASS("ARCHIVIST"),
        /** A new row of a rule: proposed by a responsible leader. */
        RULE("ARCHIVIST"),
        /** A shorter class for one evidence. */
        LOWER("RESPONSIBLE_LEADER"),
        /** A hold is to end. */
        RELEASE("RESPONSIBLE_LEADER"),
        /** Extension or transfer after appraisal. */
        APPRAISAL("RESPONSIBLE_LEADER"),
        /** A disposal list. */
        DISPOSAL("RESPONSIBLE_LEADER");

        private final String decidedIn;

        Kind(String decidedIn) {
            this.decidedIn = decidedIn;
        }

        /** The role of who decides. */
        public String decidedIn() {
            return decidedIn;
        }
    }

    /** Where it stands; names are keys of texts, {@code retention.asked.<name>}. */
    public enum State {
        OPEN,
        APPROVED,
        REFUSED,
        WITHDRAWN
    }
}
