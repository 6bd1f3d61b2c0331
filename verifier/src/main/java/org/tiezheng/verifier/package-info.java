/**
 * Checks evidence packages offline: {@link org.tiezheng.verifier.Verifier} reads a file and gives a
 * {@link org.tiezheng.verifier.Report} of {@link org.tiezheng.evidence.Finding findings}, facts and notes.
 *
 * <p>Read {@code Verifier} first (the order of the checks), then {@code SinglePass} (how a package of
 * gigabytes is read once by several threads). Trust anchors and time come from the caller, never from the
 * package. Nothing here opens a connection; a test holds that.
 */
@NullMarked
@CheckReturnValue
package org.tiezheng.verifier;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
