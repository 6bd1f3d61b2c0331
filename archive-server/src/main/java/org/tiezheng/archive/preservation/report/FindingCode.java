package org.tiezheng.archive.preservation.report;

import org.tiezheng.archive.identity.Role;

/**
 * What a report can find wrong. The word is in the database and the report, and never changes its meaning; the sentence is {@code
 * report.finding.<word>}.
 */
enum FindingCode {
    TOTALS_UNEXPLAINED("totals-unexplained", Severity.HIGH, Role.ARCHIVIST),
    VERDICT_INVALID("verdict-invalid", Severity.HIGH, Role.ARCHIVIST),
    SAMPLE_BAD("sample-bad", Severity.HIGH, Role.ARCHIVIST),
    SAMPLE_UNREADABLE("sample-unreadable", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    FIXITY_DAMAGE_OPEN("fixity-damage-open", Severity.HIGH, Role.ARCHIVIST),
    FIXITY_NOT_CHECKED("fixity-not-checked", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    FIXITY_OVERDUE("fixity-overdue", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    FIXITY_PAUSED("fixity-paused", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    FIXITY_EXTRA("fixity-extra", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    ONE_COPY("one-copy", Severity.HIGH, Role.SYSTEM_ADMINISTRATOR),
    COPIES_LATE("copies-late", Severity.HIGH, Role.SYSTEM_ADMINISTRATOR),
    STORE_NOT_WORM("store-not-worm", Severity.HIGH, Role.SYSTEM_ADMINISTRATOR),
    STORE_FOLDER("store-folder", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    STORE_NOT_TESTED("store-not-tested", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    STORE_OVERRIDDEN("store-overridden", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    TSA_ONLY_EMBEDDED("tsa-only-embedded", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    TSA_EXPIRING("tsa-expiring", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    RECORDS_WAITING("records-waiting", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    RENEWAL_OVERDUE("renewal-overdue", Severity.HIGH, Role.SYSTEM_ADMINISTRATOR),
    FORMAT_UNKNOWN("format-unknown", Severity.LOW, Role.ARCHIVIST),
    CLASS_NOT_APPROVED("class-not-approved", Severity.MEDIUM, Role.RESPONSIBLE_LEADER),
    LOCK_EXPIRED("lock-expired", Severity.HIGH, Role.ARCHIVIST),
    LOCK_TOO_SHORT("lock-too-short", Severity.HIGH, Role.ARCHIVIST),
    EXPIRED_NOT_APPRAISED("expired-not-appraised", Severity.LOW, Role.ARCHIVIST),
    NOT_CONFIRMED("not-confirmed", Severity.LOW, Role.INSPECTOR),
    AUTOMATIC_NOT_REVIEWED("automatic-not-reviewed", Severity.LOW, Role.INSPECTOR),
    FILING_BLOCKED("filing-blocked", Severity.LOW, Role.ARCHIVIST),
    REVIEWED_OWN("reviewed-own", Severity.HIGH, Role.RESPONSIBLE_LEADER),
    ROLES_CONFLICT("roles-conflict", Severity.HIGH, Role.SYSTEM_ADMINISTRATOR),
    CHAIN_BROKEN("chain-broken", Severity.HIGH, Role.AUDITOR),
    CHAIN_NOT_STAMPED("chain-not-stamped", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    LOG_DAMAGED("log-damaged", Severity.HIGH, Role.SYSTEM_ADMINISTRATOR),
    LOG_BEHIND("log-behind", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    WITNESSES_MISSING("witnesses-missing", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR),
    SOURCE_FAILED("source-failed", Severity.MEDIUM, Role.SYSTEM_ADMINISTRATOR);

    private final String word;
    private final Severity severity;
    private final Role owner;

    FindingCode(String word, Severity severity, Role owner) {
        this.word = word;
        this.severity = severity;
        this.owner = owner;
    }

    String word() {
        return word;
    }

    Severity severity() {
        return severity;
    }

    /** Who puts it in order. */
    Role owner() {
        return owner;
    }
}
