/**
 * The retention and fixity audit report: ordered by an auditor, made in the background, sealed, kept, logged (docs/report.md).
 *
 * <p>Read {@link org.tiezheng.archive.preservation.report.Reports} (orders and list), then {@link
 * org.tiezheng.archive.preservation.report.ReportMaker} (from order to sealed file) and {@link
 * org.tiezheng.archive.preservation.report.ReportSection} (where the figures come from).
 */
@NullMarked
package org.tiezheng.archive.preservation.report;

import org.jspecify.annotations.NullMarked;
