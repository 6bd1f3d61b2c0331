/**
 * Fixity: every object in every store is read again and hashed, on a schedule or when a person asks; what is bad is reported and, after
 * two persons said so, repaired from a good copy as a new version.
 *
 * <p>Read {@link org.tiezheng.archive.fixity.CopyCheck} first (what one check is), then {@link
 * org.tiezheng.archive.fixity.FixityWorkers} (who does them and when). Other packages use
 * {@link org.tiezheng.archive.fixity.FixityFigures}. docs/fixity.md says what it proves and what not.
 */
@NullMarked
package org.tiezheng.archive.fixity;

import org.jspecify.annotations.NullMarked;
