package org.tiezheng.archive.jobs;

/**
 * An officer as he was when a capture was submitted; later changes of the account do not touch it.
 *
 * @param certNo number of the certificate, in force on that day
 */
public record RecordedOfficer(String accountId, String name, String unit, String certNo) {}
