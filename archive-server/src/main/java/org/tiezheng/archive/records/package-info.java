/**
 * Evidence records (RFC 4998): every package gets one within the hour, and it is renewed before what it stands on ends.
 *
 * <p>Read {@link org.tiezheng.archive.records.RecordBatches} first, then docs/records.md. Other packages use {@link
 * org.tiezheng.archive.records.RecordFigures}; exports get their record through {@link
 * org.tiezheng.archive.catalogue.ProofSource}.
 */
@NullMarked
package org.tiezheng.archive.records;

import org.jspecify.annotations.NullMarked;
