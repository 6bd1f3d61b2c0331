package org.tiezheng.evidence.log;

import java.util.List;

/** Checks of inclusion and consistency proofs. Source: RFC 9162 sections 2.1.3.2 and 2.1.4.2 (trees as in RFC 6962). */
public final class MerkleProofs {
    /** A tree of 2^63 entries: longer proofs prove nothing. */
    public static final int MAX_HASHES = 64;

    private MerkleProofs() {}

    /** Whether the entry with hash {@code leaf} is number {@code index} of the {@code size} entries under {@code root}. */
    public static boolean includes(long index, long size, LogHash leaf, List<LogHash> proof, LogHash root) {
        if (index < 0 || index >= size || proof.size() > MAX_HASHES) {
            return false;
        }
        long node = index;
        long last = size - 1;
        LogHash hash = leaf;
        for (LogHash sibling : proof) {
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                hash = LogHash.node(sibling, hash);
                while ((node & 1) == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = LogHash.node(hash, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && hash.equals(root);
    }

    /** Whether the first {@code oldSize} entries under {@code newRoot} are those under {@code oldRoot}. */
    public static boolean consistent(
            long oldSize, long newSize, LogHash oldRoot, LogHash newRoot, List<LogHash> proof) {
        if (oldSize < 0 || oldSize > newSize || proof.size() > MAX_HASHES) {
            return false;
        }
        if (oldSize == newSize) {
            return proof.isEmpty() && oldRoot.equals(newRoot);
        }
        if (oldSize == 0) {
            return proof.isEmpty() && oldRoot.equals(LogHash.EMPTY);
        }
        // A power of two is itself a node of the new tree, and the proof leaves it out.
        boolean isNode = (oldSize & (oldSize - 1)) == 0;
        if (!isNode && proof.isEmpty()) {
            return false;
        }
        long node = oldSize - 1;
        long last = newSize - 1;
        while ((node & 1) == 1) {
            node >>= 1;
            last >>= 1;
        }
        LogHash older = isNode ? oldRoot : proof.get(0);
        LogHash newer = older;
        for (LogHash hash : isNode ? proof : proof.subList(1, proof.size())) {
            if (last == 0) {
                return false;
            }
            if ((node & 1) == 1 || node == last) {
                older = LogHash.node(hash, older);
                newer = LogHash.node(hash, newer);
                while ((node & 1) == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                newer = LogHash.node(newer, hash);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && older.equals(oldRoot) && newer.equals(newRoot);
    }
}
