package org.tiezheng.auditor.audit;

import org.tiezheng.evidence.Verdict;

/**
 * One thing an audit saw that is wrong or could not be told.
 *
 * @param verdict INVALID or INDETERMINATE
 * @param place name of the store or copy it was seen in; empty if it is not about one
 * @param subject what it is about: a package, an object, an entry. Hostile text: escape it before printing
 * @param reason in English, for the record; hostile too
 */
public record AuditFinding(AuditCode code, Verdict verdict, String place, String subject, String reason) {}
