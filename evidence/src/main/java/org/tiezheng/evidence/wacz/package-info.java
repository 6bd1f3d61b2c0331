/**
 * The web archive inside a package: {@code wacz/capture.wacz}, a pure WACZ 1.1.1 that other players replay.
 *
 * <p>Read {@code docs/format.md}, "WACZ", first. {@link org.tiezheng.evidence.wacz.WaczWriter} writes it; {@link
 * org.tiezheng.evidence.wacz.Cdxj} makes its index, {@link org.tiezheng.evidence.wacz.Pages} its page list; {@link
 * org.tiezheng.evidence.wacz.WarcGzReader} reads its records. The checks W01 to W13 belong to the verifier.
 *
 * <p>Source: webrecorder/specs, wacz/1.1.1, wacz-auth/0.1.0 and cdxj/0.1.0.
 */
@NullMarked
package org.tiezheng.evidence.wacz;

import org.jspecify.annotations.NullMarked;
