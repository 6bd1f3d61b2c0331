package org.tiezheng.auditor.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogHash;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.Tile;

/**
 * Reads every entry of a log and every tile, and compares: what tiles ought to hold is computed from the entries alone, and
 * the root from the entries must be the one in the checkpoint.
 *
 * <p>Memory: one bundle and one tile of each level. Used once, by one thread.
 */
public final class LogWalk {
    /** Differences named one by one; more are counted. */
    private static final int MAX_NAMED = 100;

    private final LogTree.Source source;
    private final Checkpoint checkpoint;
    private final TreeSoFar entries = new TreeSoFar();
    private final TreeSoFar leafTiles = new TreeSoFar();
    private final List<List<LogHash>> open = new ArrayList<>();
    private final List<Damage> damage = new ArrayList<>();
    private final List<Long> differing = new ArrayList<>();
    private long differingEntries;
    private boolean leafTilesWhole = true;
    /** The tile of the leaves that are being read, so that it is fetched once. */
    private byte @Nullable [] leaves;

    /** Told of each entry in order. What it holds is proved only when {@link #run} has ended without {@link Damage}. */
    @FunctionalInterface
    public interface Reader {
        void entry(long index, byte[] entry, TreeSoFar before) throws IOException;
    }

    /** What can be wrong. */
    public enum Kind {
        /** The entries do not give the root in the checkpoint, and no tile says which of them was altered. */
        ROOT,
        /** An entry is not the one under the root in the checkpoint. */
        ENTRY,
        /** A tile is not what the entries give. */
        TILE,
        /** A file is not there. */
        MISSING,
        /** A file cannot be read: nothing is known of it. */
        UNREADABLE
    }

    /**
     * One thing that is wrong.
     *
     * @param where path of the file, or number of the entry
     * @param reason for people; empty where the kind says it all
     */
    public record Damage(Kind kind, String where, String reason) {}

    public LogWalk(LogTree.Source source, Checkpoint checkpoint) {
        this.source = source;
        this.checkpoint = checkpoint;
    }

    /**
     * Reads it all.
     *
     * @return what is wrong; empty if this is the very log of the checkpoint. After a bundle that is not there no further
     *     entry is read
     * @throws IOException if {@code reader} failed
     */
    public List<Damage> run(Reader reader) throws IOException {
        long size = checkpoint.size();
        while (entries.size() < size) {
            long bundle = entries.size() / Tile.WIDTH;
            int width = (int) Math.min(Tile.WIDTH, size - bundle * Tile.WIDTH);
            List<byte[]> read = bundle(new Tile(Tile.ENTRIES, bundle, width));
            if (read == null) {
                return damage;
            }
            leaves = leafTile(new Tile(0, bundle, width));
            for (int i = 0; i < width; i++) {
                byte[] entry = read.get(i);
                reader.entry(entries.size(), entry, entries);
                LogHash hash = LogHash.leaf(entry);
                compareLeaf(hash, i);
                entries.add(hash);
                push(0, hash);
            }
        }
        for (int level = 0; level < open.size(); level++) {
            if (!open.get(level).isEmpty()) {
                compare(level, open.get(level));
            }
        }
        root();
        return damage;
    }

    private @Nullable List<byte[]> bundle(Tile tile) {
        try {
            byte[] bytes = source.read(tile);
            List<byte[]> read = LogTree.entries(bytes);
            if (read.size() == tile.width()) {
                return read;
            }
            add(new Damage(Kind.TILE, tile.path(), "holds " + read.size() + " entries, not " + tile.width()));
        } catch (NoSuchFileException e) {
            add(new Damage(Kind.MISSING, tile.path(), "entries from " + entries.size() + " on were not read"));
        } catch (IOException e) {
            add(new Damage(Kind.UNREADABLE, tile.path(), String.valueOf(e.getMessage())));
        } catch (MalformedLogException e) {
            add(new Damage(Kind.TILE, tile.path(), String.valueOf(e.getMessage())));
        }
        return null;
    }

    /** Null if it is not there or not of its length; that is told when the tile is compared. */
    private byte @Nullable [] leafTile(Tile tile) {
        try {
            byte[] bytes = source.read(tile);
            return bytes.length == tile.width() * LogHash.SIZE_BYTES ? bytes : null;
        } catch (IOException told) {
            return null;
        }
    }

    private void compareLeaf(LogHash hash, int at) {
        byte[] leaves = this.leaves;
        if (leaves == null) {
            leafTilesWhole = false;
            return;
        }
        int from = at * LogHash.SIZE_BYTES;
        LogHash listed = LogHash.of(Arrays.copyOfRange(leaves, from, from + LogHash.SIZE_BYTES));
        if (!listed.equals(hash)) {
            differingEntries++;
            if (differing.size() < MAX_NAMED) {
                differing.add(entries.size());
            }
        }
        leafTiles.add(listed);
    }

    private void push(int level, LogHash hash) {
        if (open.size() == level) {
            open.add(new ArrayList<>(Tile.WIDTH));
        }
        List<LogHash> row = open.get(level);
        row.add(hash);
        if (row.size() == Tile.WIDTH) {
            compare(level, row);
            TreeSoFar whole = new TreeSoFar();
            row.forEach(whole::add);
            row.clear();
            push(level + 1, whole.root());
        }
    }

    private void compare(int level, List<LogHash> row) {
        long before = (entries.size() - 1) >> (level * Tile.HEIGHT);
        Tile tile = new Tile(level, before / Tile.WIDTH, row.size());
        ByteArrayOutputStream wanted = new ByteArrayOutputStream();
        row.forEach(hash -> wanted.writeBytes(hash.bytes()));
        try {
            byte[] leaves = level == 0 ? this.leaves : null;
            if (!Arrays.equals(leaves == null ? source.read(tile) : leaves, wanted.toByteArray())) {
                add(new Damage(Kind.TILE, tile.path(), "is not what the entries give"));
            }
        } catch (NoSuchFileException e) {
            add(new Damage(Kind.MISSING, tile.path(), ""));
        } catch (IOException e) {
            add(new Damage(Kind.UNREADABLE, tile.path(), String.valueOf(e.getMessage())));
        }
    }

    private void add(Damage one) {
        if (damage.size() < 2 * MAX_NAMED) {
            damage.add(one);
        }
    }

    /** Which side is wrong, where entries and leaf tiles differ: the one that does not lead to the signed root. */
    private void root() {
        if (entries.root().equals(checkpoint.root())) {
            return;
        }
        if (leafTilesWhole && leafTiles.root().equals(checkpoint.root())) {
            for (long index : differing) {
                damage.add(new Damage(Kind.ENTRY, Long.toString(index), ""));
            }
            if (differingEntries > differing.size()) {
                damage.add(new Damage(Kind.ENTRY, "and " + (differingEntries - differing.size()) + " more", ""));
            }
            return;
        }
        damage.add(new Damage(Kind.ROOT, "checkpoint", "computed " + entries.root() + " of " + entries.size()));
    }

    /** The tree of what was read. */
    public TreeSoFar tree() {
        return entries.copy();
    }
}
