package org.tiezheng.evidence.register;

import java.util.Arrays;
import java.util.Optional;

/** What a row of a register says, in its order. The words never change their meaning; times are UTC, to the second. */
public enum RegisterField {
    /** Of {@code wacz/capture.wacz}: the identity of the package. */
    SHA256("sha256", Kind.FIXED),
    SM3("sm3", Kind.FIXED),
    SIZE("size", Kind.FIXED),
    /** Of the whole file as it arrived. */
    PACKAGE_SHA256("packageSha256", Kind.FIXED),
    PACKAGE_SIZE("packageSize", Kind.FIXED),
    URL("url", Kind.FIXED),
    FINAL_URL("finalUrl", Kind.FIXED),
    TITLE("title", Kind.FIXED),
    FROM("from", Kind.FIXED),
    TO("to", Kind.FIXED),
    SEALED("sealed", Kind.FIXED),
    ARCHIVED("archived", Kind.FIXED),
    ARCHIVED_BY("archivedBy", Kind.FIXED),
    ORIGIN("origin", Kind.FIXED),
    /** Names, one a line. */
    OFFICERS("officers", Kind.FIXED),
    PURPOSE("purpose", Kind.FIXED),
    COMPLETENESS("completeness", Kind.FIXED),
    /** How many objects the package consists of; 0 once it was destroyed. */
    OBJECTS("objects", Kind.STATE),
    /** SHA-256 over a line for each object, in the container's order: member, digest, size and key in the store, with blanks between. */
    OBJECTS_SHA256("objectsSha256", Kind.STATE),
    /** End of the lock. */
    UNTIL("until", Kind.STATE),
    CLASS("class", Kind.STATE),
    /** Of the class; absent: for ever. */
    YEARS("years", Kind.STATE),
    RULE("rule", Kind.STATE),
    /** Last day before the period; absent: it does not run. */
    BEGINS("begins", Kind.STATE),
    ENDS("ends", Kind.STATE),
    /** End of the lock that is known to be on every object. */
    LOCKED("locked", Kind.STATE),
    HELD("held", Kind.STATE),
    /** Legal holds that are on every object of it. */
    HOLDS("holds", Kind.STATE),
    DISPOSED("disposed", Kind.STATE),
    DISPOSAL("disposal", Kind.STATE),
    /** Archival code (档号). */
    CODE("code", Kind.NOTE),
    CLUE("clue", Kind.NOTE),
    CASE("case", Kind.NOTE),
    FACT("fact", Kind.NOTE),
    SHOP("shop", Kind.NOTE),
    PLATFORM("platform", Kind.NOTE),
    CONFIRMED("confirmed", Kind.NOTE),
    REVIEWED("reviewed", Kind.NOTE),
    VERDICT("verdict", Kind.NOTE),
    VERIFIED("verified", Kind.NOTE),
    /** Chain of batches that its evidence record is made from. */
    RECORD("record", Kind.NOTE);

    /** What may become of it. */
    public enum Kind {
        /** Written once, when the package came. */
        FIXED,
        /** Changes by rules that the log tells of. */
        STATE,
        /** Changed by people in their daily work. */
        NOTE
    }

    private final String word;
    private final Kind kind;

    RegisterField(String word, Kind kind) {
        this.word = word;
        this.kind = kind;
    }

    /** Key in the row. */
    public String word() {
        return word;
    }

    public Kind kind() {
        return kind;
    }

    static Optional<RegisterField> ofWord(String word) {
        return Arrays.stream(values()).filter(field -> field.word.equals(word)).findFirst();
    }
}
