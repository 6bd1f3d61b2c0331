/**
 * The audit of a whole archive from outside: objects and log, no database and no server.
 *
 * <p>Read {@link org.tiezheng.auditor.audit.Audit} first: its steps are in the order in which they run. What the log promises
 * is in {@code PackageStory} (of one package) and {@code ObjectRow} (of one object); {@code StoreCheck} compares that with a
 * store; {@code Work} keeps everything between two steps in files, so that memory does not grow and a run that was broken off
 * goes on. What each code means for the evidence: docs/audit.md.
 */
@NullMarked
package org.tiezheng.auditor.audit;

import org.jspecify.annotations.NullMarked;
