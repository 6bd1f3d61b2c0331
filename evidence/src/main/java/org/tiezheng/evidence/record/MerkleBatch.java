package org.tiezheng.evidence.record;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A hash tree over many data groups, so that one token serves them all; gives each group its reduced hash tree.
 *
 * <p>Binary: leaves ascending, neighbours joined, an odd one out rises unchanged. Leaves are sorted once and the rows kept
 * as arrays: 32 bytes for each of about 2 n nodes.
 *
 * <p>Source: RFC 4998 section 4.2 (nodes are digests of their children in ascending order), section 4.2, step 3 (groups).
 */
public final class MerkleBatch {
    private final TreeHash hash;
    private final List<List<byte[]>> groups;
    /** Rows of nodes, the leaves first; the last holds the root alone. */
    private final List<byte[][]> rows = new ArrayList<>();
    /** Where the leaf of each group stands in the first row. */
    private final int[] places;

    /**
     * @param groups for each data group the digests of its objects under {@code hash}, none empty
     * @throws IllegalArgumentException if there is no group, an empty one, or a digest of the wrong length
     */
    public MerkleBatch(TreeHash hash, List<List<byte[]>> groups) {
        if (groups.isEmpty()
                || groups.stream().anyMatch(List::isEmpty)
                || groups.stream().flatMap(List::stream).anyMatch(d -> d.length != hash.sizeBytes())) {
            throw new IllegalArgumentException("groups of digests of " + hash.sizeBytes() + " bytes are needed");
        }
        this.hash = hash;
        this.groups = List.copyOf(groups);
        byte[][] unsorted = groups.stream().map(hash::node).toArray(byte[][]::new);
        int[] order = IntStream.range(0, unsorted.length)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> unsorted[i], Arrays::compareUnsigned))
                .mapToInt(Integer::intValue)
                .toArray();
        byte[][] row = new byte[order.length][];
        places = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            row[i] = unsorted[order[i]];
            places[order[i]] = i;
        }
        rows.add(row);
        while (row.length > 1) {
            row = parents(row);
            rows.add(row);
        }
    }

    private byte[][] parents(byte[][] row) {
        byte[][] parents = new byte[(row.length + 1) / 2][];
        for (int i = 0; i < parents.length; i++) {
            parents[i] = 2 * i + 1 < row.length ? hash.node(List.of(row[2 * i], row[2 * i + 1])) : row[2 * i];
        }
        return parents;
    }

    public TreeHash hash() {
        return hash;
    }

    /** What the token must be over. */
    public byte[] root() {
        return rows.get(rows.size() - 1)[0].clone();
    }

    /** The group's digests, then its sibling at each level that has one. */
    public List<List<byte[]>> reducedHashtree(int group) {
        List<List<byte[]>> path = new ArrayList<>();
        path.add(groups.get(group).stream().sorted(Arrays::compareUnsigned).toList());
        int place = places[group];
        for (byte[][] row : rows.subList(0, rows.size() - 1)) {
            int sibling = place ^ 1;
            if (sibling < row.length) {
                path.add(List.of(row[sibling]));
            }
            place /= 2;
        }
        return path;
    }
}
