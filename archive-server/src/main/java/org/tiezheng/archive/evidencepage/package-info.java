/**
 * The page of one piece of evidence: verdict first, then what was captured, how, and what became of it.
 *
 * <p>Begin with {@link org.tiezheng.archive.evidencepage.EvidencePageController} (what is asked), then {@link
 * org.tiezheng.archive.evidencepage.OpenedEvidence} (who may, and the audit event) and {@link
 * org.tiezheng.archive.evidencepage.Captures} (what is inside the package). Nothing here changes evidence.
 */
@NullMarked
package org.tiezheng.archive.evidencepage;

import org.jspecify.annotations.NullMarked;
