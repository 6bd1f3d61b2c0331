package org.tiezheng.auditor.log;

import java.util.ArrayList;
import java.util.List;
import org.tiezheng.evidence.log.LogHash;

/**
 * The tree over all entries added so far, in as many hashes as its size has binary ones: enough to add more and to know the
 * root at every step.
 *
 * <p>Whoever keeps this needs no consistency proof: a root that comes of adding entries to it is of a tree that begins with
 * all entries before. Source: RFC 6962 section 2.1.
 */
public final class TreeSoFar {
    private final List<LogHash> peaks;
    private long size;

    /** Without entries. */
    public TreeSoFar() {
        this.peaks = new ArrayList<>();
    }

    private TreeSoFar(long size, List<LogHash> peaks) {
        this.size = size;
        this.peaks = new ArrayList<>(peaks);
    }

    /**
     * One that was kept.
     *
     * @param peaks as {@link #peaks} gave them
     * @throws IllegalArgumentException if they are not so many as the size needs
     */
    public static TreeSoFar of(long size, List<LogHash> peaks) {
        if (size < 0 || peaks.size() != Long.bitCount(size)) {
            throw new IllegalArgumentException(peaks.size() + " hashes of a tree of " + size + " entries");
        }
        return new TreeSoFar(size, peaks);
    }

    public TreeSoFar copy() {
        return new TreeSoFar(size, peaks);
    }

    /** Adds an entry by its hash ({@link LogHash#leaf}). */
    public void add(LogHash leaf) {
        LogHash hash = leaf;
        for (long complete = size; (complete & 1) == 1; complete >>= 1) {
            hash = LogHash.node(peaks.remove(peaks.size() - 1), hash);
        }
        peaks.add(hash);
        size++;
    }

    public long size() {
        return size;
    }

    /** Roots of the complete trees that this one is made of, from the left, the largest first. */
    public List<LogHash> peaks() {
        return List.copyOf(peaks);
    }

    public LogHash root() {
        if (peaks.isEmpty()) {
            return LogHash.EMPTY;
        }
        LogHash root = peaks.get(peaks.size() - 1);
        for (int i = peaks.size() - 2; i >= 0; i--) {
            root = LogHash.node(peaks.get(i), root);
        }
        return root;
    }
}
