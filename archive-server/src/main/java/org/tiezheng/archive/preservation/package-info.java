/**
 * What archivists and auditors see of the archive's health in the long run: the preservation board, and below it, in {@code report},
 * the retention and fixity audit report. Reads the figures of the other packages and changes nothing of theirs.
 *
 * <p>Read {@link org.tiezheng.archive.preservation.report.Reports} first.
 */
@NullMarked
package org.tiezheng.archive.preservation;

import org.jspecify.annotations.NullMarked;
