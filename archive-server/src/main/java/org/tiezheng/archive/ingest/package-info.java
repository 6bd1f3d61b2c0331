/**
 * How packages come into the archive: received, verified, stored, catalogued; or kept apart, with the reason.
 *
 * <p>Begin with {@link org.tiezheng.archive.ingest.Ingest}: its comment has the states and says what a crash between any two
 * steps leaves, and who completes it.
 */
@NullMarked
package org.tiezheng.archive.ingest;

import org.jspecify.annotations.NullMarked;
