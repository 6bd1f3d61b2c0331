/**
 * Transparency log after the C2SP specifications: tiles, checkpoints, cosignatures, proofs, policy. Start at {@link
 * org.tiezheng.evidence.log.LogTree} for the tree, {@link org.tiezheng.evidence.log.LogProof} for what lies in a package.
 * Nothing here opens a connection or knows where tiles are kept.
 */
@NullMarked
package org.tiezheng.evidence.log;

import org.jspecify.annotations.NullMarked;
