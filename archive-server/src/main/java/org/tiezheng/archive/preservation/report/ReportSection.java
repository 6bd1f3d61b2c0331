package org.tiezheng.archive.preservation.report;

/**
 * Writes one section from the figures of other packages. All sections of one report read the same state of the database: they are
 * called inside one read-only transaction, on one thread. A section that fails is printed as not available with a finding; the
 * others go on.
 */
interface ReportSection {
    /** Its place among the fifteen. */
    int number();

    /** Word of it in JSON and keys of texts. */
    String key();

    /** @throws Exception if its source cannot be read now */
    void write(SectionWriter out, ReportContext context) throws Exception;
}
