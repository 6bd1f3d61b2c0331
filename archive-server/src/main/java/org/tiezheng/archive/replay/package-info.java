/**
 * The replay origin: a connector of its own on which archived pages run, away from everything the archive's screens may do.
 *
 * <p>Read {@link org.tiezheng.archive.replay.ReplayFilter} first: it answers every request of that connector and lets none through.
 */
@NullMarked
package org.tiezheng.archive.replay;

import org.jspecify.annotations.NullMarked;
