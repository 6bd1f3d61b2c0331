/**
 * Registers (目录): the whole catalogue and the state of the audit chain, written down every day and when an auditor asks, kept under lock and named
 * by the log, so that somebody outside finds rows that were deleted, added or changed behind the archive's back.
 *
 * <p>Read {@link org.tiezheng.archive.register.RegisterMaker} first. The form is in {@code org.tiezheng.evidence.register}; what it proves, and what
 * not, in docs/audit.md, "The register".
 */
@NullMarked
package org.tiezheng.archive.register;

import org.jspecify.annotations.NullMarked;
