package org.tiezheng.archive.preservation.report;

/** How bad a finding is; the worst first. Names are in the database and in the report's JSON. */
public enum Severity {
    /** Evidence is lost, may be lost, or can be doubted now. */
    HIGH,
    /** A safeguard is missing; nothing has happened. */
    MEDIUM,
    /** To be put in order. */
    LOW
}
