/**
 * A log as somebody outside reads it: {@link org.tiezheng.auditor.log.LogFiles} fetches its files, {@link
 * org.tiezheng.auditor.log.TreeSoFar} hashes its entries, {@link org.tiezheng.auditor.log.LogWalk} reads it all and compares.
 */
@NullMarked
package org.tiezheng.auditor.log;

import org.jspecify.annotations.NullMarked;
