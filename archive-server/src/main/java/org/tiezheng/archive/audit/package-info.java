/**
 * Who did what: an append-only table whose rows are chained by their digests.
 *
 * <p>Read {@link org.tiezheng.archive.audit.AuditLog} (adding and reading), {@link org.tiezheng.archive.audit.AuditEntry}
 * (what a row's hash covers) and {@link org.tiezheng.archive.audit.ChainVerifier} (finding what was changed).
 */
@NullMarked
package org.tiezheng.archive.audit;

import org.jspecify.annotations.NullMarked;
