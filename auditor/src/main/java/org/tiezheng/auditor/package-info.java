/**
 * Programs for people who do not run the archive: an auditor who wants to know whether it is complete, a reporter who watches
 * its log, a court that witnesses it. They read objects and log; no database, no server of ours.
 *
 * <p>Read {@code Main} first (the commands), then the package of the command: {@code audit}, {@code monitor}, {@code
 * witness}.
 */
@NullMarked
package org.tiezheng.auditor;

import org.jspecify.annotations.NullMarked;
