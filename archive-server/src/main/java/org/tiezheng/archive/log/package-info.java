/**
 * The transparency log of the archive: every sealed package that was archived has an entry that nobody can take out again
 * unseen. Start at {@link org.tiezheng.archive.log.TransparencyLog}. Formats and arithmetic are in
 * {@code org.tiezheng.evidence.log}.
 */
@NullMarked
package org.tiezheng.archive.log;

import org.jspecify.annotations.NullMarked;
