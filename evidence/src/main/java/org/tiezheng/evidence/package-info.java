/**
 * The words every other package uses: {@link org.tiezheng.evidence.Digests what bytes hash to},
 * {@link org.tiezheng.evidence.Finding what a check saw}, {@link org.tiezheng.evidence.Code under which
 * code} and {@link org.tiezheng.evidence.Verdict how bad that is}.
 *
 * <p>Read {@code docs/format.md} first; then {@code zip}, {@code wacz}, {@code asic}, {@code time},
 * {@code seal} and {@code wire}, in that order.
 */
@NullMarked
package org.tiezheng.evidence;

import org.jspecify.annotations.NullMarked;
