/**
 * Archival packages (AIP) for other archives and from them: BagIt folders with the packages, their DA/T 46 metadata and their
 * history.
 *
 * <p>Begin with {@link org.tiezheng.archive.filing.aip.AipDocuments} (what is written), then {@link
 * org.tiezheng.archive.filing.aip.AipReader} (what is read and refused). Format: docs/filing.md.
 */
@NullMarked
package org.tiezheng.archive.filing.aip;

import org.jspecify.annotations.NullMarked;
