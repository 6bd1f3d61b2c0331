package org.tiezheng.auditor.audit;

import java.util.Locale;

/** Rows of the result's table, in its order. */
public enum Area {
    /** Checkpoint, signatures, history, tiles. */
    LOG,
    /** Entries of the log: readable, and not at odds with each other. */
    ENTRIES,
    /** Times in entries. */
    TIMES,
    /** Objects that the log names: there, and of the size it names. */
    OBJECTS,
    /** Their bytes, read again. */
    CONTENT,
    /** Their locks and holds. */
    LOCKS,
    /** Objects in the store: named by the log. */
    STRANGERS,
    /** Packages that were destroyed: gone, and lawfully so. */
    DISPOSALS,
    /** Packages, verified as a court would. */
    PACKAGES,
    /** Packages that ought to be in an evidence record. */
    RECORDS,
    /** Rows of the catalogue, as the newest register has them. */
    ROWS,
    /** Events of the audit chain that registers and entries of the log name. */
    CHAIN;

    /** In JSON and in message keys. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
