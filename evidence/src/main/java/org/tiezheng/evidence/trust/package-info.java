/**
 * Whom to believe, and since when not any more: {@link org.tiezheng.evidence.trust.TrustAnchors anchors} come from
 * the verifier's own configuration, never from a package; {@link org.tiezheng.evidence.trust.CertificatePaths paths}
 * lead from a signer to one of them at a given time, offline; {@link
 * org.tiezheng.evidence.trust.AlgorithmPolicy the algorithm policy} is dated data.
 *
 * <p>Read {@code docs/seal.md} first, then {@link org.tiezheng.evidence.trust.TrustAnchors}.
 */
@NullMarked
package org.tiezheng.evidence.trust;

import org.jspecify.annotations.NullMarked;
