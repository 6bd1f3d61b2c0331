/**
 * What is archived: finding it, reading it, giving it out, checking it again, and what persons add to it.
 *
 * <p>Begin with {@link org.tiezheng.archive.catalogue.EvidenceCatalogue} (rows), then {@link
 * org.tiezheng.archive.catalogue.EvidenceFiles} (bytes) and {@link org.tiezheng.archive.catalogue.EvidenceExport} (the package
 * as one file). Nothing here changes evidence: rows come in through {@code ingest}, in the transaction that archives.
 */
@NullMarked
package org.tiezheng.archive.catalogue;

import org.jspecify.annotations.NullMarked;
