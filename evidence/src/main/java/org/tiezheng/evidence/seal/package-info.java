/**
 * From a finished {@code capture.wacz} to a sealed {@code <id>.asice}: signature, time-stamps, container; and the
 * checks of the signature (codes S01 to S05).
 *
 * <p>Read {@link org.tiezheng.evidence.seal.Sealer} first, then {@link org.tiezheng.evidence.seal.CadesSigner}.
 */
@NullMarked
package org.tiezheng.evidence.seal;

import org.jspecify.annotations.NullMarked;
