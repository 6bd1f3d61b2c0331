/**
 * A witness for transparency logs, for a court, a notary or a sister bureau: read {@link org.tiezheng.auditor.witness.Witness},
 * which holds the rules, then {@link org.tiezheng.auditor.witness.WitnessServer}, which speaks HTTP. What running one means is in
 * docs/log.md.
 */
@NullMarked
package org.tiezheng.auditor.witness;

import org.jspecify.annotations.NullMarked;
