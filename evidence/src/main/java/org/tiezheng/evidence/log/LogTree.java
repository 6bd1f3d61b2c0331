package org.tiezheng.evidence.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tree of a log of {@code size} entries, read from its tiles: root, proofs, and the tiles that further entries make.
 *
 * <p>Tiles are a pure function of the entries, so making them again after a crash gives the same bytes; a store that holds
 * other bytes under the same name holds another history. Memory: a few tiles of 8 kB, whatever the size.
 *
 * <p>Source: C2SP tlog-tiles v0.1.0; RFC 6962 section 2.1. Not safe for use by several threads.
 */
public final class LogTree {
    /** An entry's length is written in two bytes. */
    public static final int MAX_ENTRY_BYTES = 0xffff;

    /** A full bundle of the longest entries. */
    public static final int MAX_TILE_BYTES = Tile.WIDTH * (2 + MAX_ENTRY_BYTES);

    private static final int MAX_CACHED_TILES = 64;

    /** Where tiles come from. */
    @FunctionalInterface
    public interface Source {
        /**
         * The bytes of {@code tile}.
         *
         * @throws IOException also if it is not there: the log is damaged or cut
         */
        byte[] read(Tile tile) throws IOException;
    }

    private final Source source;
    private final long size;
    private final Map<Tile, byte[]> cache = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Tile, byte[]> eldest) {
            return size() > MAX_CACHED_TILES;
        }
    };

    /** @param size how many entries the source's tiles are of */
    public LogTree(Source source, long size) {
        if (size < 0) {
            throw new IllegalArgumentException("size " + size);
        }
        this.source = source;
        this.size = size;
    }

    public long size() {
        return size;
    }

    public LogHash root() throws IOException {
        return size == 0 ? LogHash.EMPTY : subtree(0, size);
    }

    /** Root of the first {@code entries} entries. */
    public LogHash root(long entries) throws IOException {
        checkSize(entries);
        return entries == 0 ? LogHash.EMPTY : subtree(0, entries);
    }

    /** Hashes from the entry's sibling up to a child of the root of the first {@code entries} entries. */
    public List<LogHash> inclusionProof(long index, long entries) throws IOException {
        checkSize(entries);
        if (index < 0 || index >= entries) {
            throw new IllegalArgumentException("entry " + index + " of " + entries);
        }
        List<LogHash> proof = new ArrayList<>();
        include(index, 0, entries, proof);
        return proof;
    }

    private void include(long index, long from, long to, List<LogHash> proof) throws IOException {
        if (to - from == 1) {
            return;
        }
        long middle = from + split(to - from);
        if (index < middle) {
            include(index, from, middle, proof);
            proof.add(subtree(middle, to));
        } else {
            include(index, middle, to, proof);
            proof.add(subtree(from, middle));
        }
    }

    /** That the first {@code older} entries are the beginning of the first {@code newer}. */
    public List<LogHash> consistencyProof(long older, long newer) throws IOException {
        checkSize(newer);
        if (older < 0 || older > newer) {
            throw new IllegalArgumentException("from " + older + " to " + newer);
        }
        List<LogHash> proof = new ArrayList<>();
        if (older > 0 && older < newer) {
            connect(older, 0, newer, true, proof);
        }
        return proof;
    }

    private void connect(long older, long from, long to, boolean complete, List<LogHash> proof) throws IOException {
        if (older == to) {
            if (!complete) {
                proof.add(subtree(from, to));
            }
            return;
        }
        long middle = from + split(to - from);
        if (older <= middle) {
            connect(older, from, middle, complete, proof);
            proof.add(subtree(middle, to));
        } else {
            connect(older, middle, to, false, proof);
            proof.add(subtree(from, middle));
        }
    }

    private void checkSize(long entries) {
        if (entries < 0 || entries > size) {
            throw new IllegalArgumentException(entries + " of " + size + " entries");
        }
    }

    /** The largest power of two below {@code count}. */
    private static long split(long count) {
        return Long.highestOneBit(count - 1);
    }

    /** Hash over the entries {@code from} to {@code to}, a subtree as RFC 6962 cuts them. */
    private LogHash subtree(long from, long to) throws IOException {
        long count = to - from;
        if (Long.bitCount(count) == 1 && from % count == 0) {
            return node(Long.numberOfTrailingZeros(count), from / count);
        }
        long middle = from + split(count);
        return LogHash.node(subtree(from, middle), subtree(middle, to));
    }

    /** Complete node {@code index} of {@code level}; level 0 are the leaves. */
    private LogHash node(int level, long index) throws IOException {
        int tileLevel = level / Tile.HEIGHT;
        int above = level % Tile.HEIGHT;
        long first = index << above;
        List<LogHash> row = new ArrayList<>();
        for (long i = first; i < first + (1L << above); i++) {
            row.add(stored(tileLevel, i));
        }
        return complete(row);
    }

    private LogHash stored(int tileLevel, long index) throws IOException {
        Tile tile = tile(tileLevel, index / Tile.WIDTH, size);
        byte[] bytes = cache.get(tile);
        if (bytes == null) {
            bytes = source.read(tile);
            if (bytes.length != tile.width() * LogHash.SIZE_BYTES) {
                throw new IOException(tile.path() + " has " + bytes.length + " bytes");
            }
            cache.put(tile, bytes);
        }
        int at = (int) (index % Tile.WIDTH) * LogHash.SIZE_BYTES;
        return LogHash.of(java.util.Arrays.copyOfRange(bytes, at, at + LogHash.SIZE_BYTES));
    }

    /** The tile of that place in a log of {@code size} entries, with the width it has there. */
    static Tile tile(int level, long index, long size) {
        long hashes = size >> (Math.max(level, 0) * Tile.HEIGHT);
        return new Tile(level, index, (int) Math.min(Tile.WIDTH, hashes - index * Tile.WIDTH));
    }

    /**
     * The tiles that this tree lacks to be one with {@code entries} more: every tile that becomes full, and the partial ones
     * of the new size. Write them all before a checkpoint of that size is signed.
     *
     * @return by name, bundles of entries first, then level by level
     * @throws IllegalArgumentException if an entry is longer than {@value #MAX_ENTRY_BYTES} bytes
     */
    public Map<Tile, byte[]> append(List<byte[]> entries) throws IOException {
        Map<Tile, byte[]> made = new LinkedHashMap<>();
        if (entries.isEmpty()) {
            return made;
        }
        long newSize = size + entries.size();
        bundles(entries, newSize, made);
        List<LogHash> hashes = entries.stream().map(LogHash::leaf).toList();
        long first = size;
        for (int level = 0; !hashes.isEmpty(); level++) {
            hashes = level(level, first, hashes, newSize, made);
            first >>= Tile.HEIGHT;
        }
        return made;
    }

    private void bundles(List<byte[]> entries, long newSize, Map<Tile, byte[]> made) throws IOException {
        ByteArrayOutputStream bundle = new ByteArrayOutputStream();
        long index = size / Tile.WIDTH;
        if (size % Tile.WIDTH > 0) {
            bundle.write(source.read(tile(Tile.ENTRIES, index, size)));
        }
        for (int i = 0; i < entries.size(); i++) {
            byte[] entry = entries.get(i);
            if (entry.length > MAX_ENTRY_BYTES) {
                throw new IllegalArgumentException("an entry of " + entry.length + " bytes");
            }
            bundle.write(entry.length >> 8);
            bundle.write(entry.length);
            bundle.write(entry);
            long after = size + i + 1;
            if (after % Tile.WIDTH == 0 || after == newSize) {
                made.put(tile(Tile.ENTRIES, index, newSize), bundle.toByteArray());
                bundle.reset();
                index++;
            }
        }
    }

    /** Adds hashes {@code first} and following to a level; gives the hashes that full tiles add to the level above. */
    private List<LogHash> level(int level, long first, List<LogHash> hashes, long newSize, Map<Tile, byte[]> made)
            throws IOException {
        List<LogHash> above = new ArrayList<>();
        List<LogHash> tile = new ArrayList<>();
        for (long i = first - first % Tile.WIDTH; i < first; i++) {
            tile.add(stored(level, i));
        }
        long index = first / Tile.WIDTH;
        for (int i = 0; i < hashes.size(); i++) {
            tile.add(hashes.get(i));
            if (tile.size() == Tile.WIDTH || i == hashes.size() - 1) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                for (LogHash hash : tile) {
                    bytes.write(hash.bytes());
                }
                made.put(tile(level, index, newSize), bytes.toByteArray());
                if (tile.size() == Tile.WIDTH) {
                    above.add(complete(tile));
                }
                tile.clear();
                index++;
            }
        }
        return above;
    }

    /** Root over a power of two of hashes. */
    private static LogHash complete(List<LogHash> hashes) {
        List<LogHash> row = hashes;
        while (row.size() > 1) {
            List<LogHash> parents = new ArrayList<>();
            for (int i = 0; i < row.size(); i += 2) {
                parents.add(LogHash.node(row.get(i), row.get(i + 1)));
            }
            row = parents;
        }
        return row.get(0);
    }

    /** The entries of a bundle. @throws MalformedLogException if its lengths do not add up */
    public static List<byte[]> entries(byte[] bundle) throws MalformedLogException {
        List<byte[]> entries = new ArrayList<>();
        int at = 0;
        while (at < bundle.length) {
            if (at + 2 > bundle.length) {
                throw new MalformedLogException("a bundle ends inside a length");
            }
            int length = (bundle[at] & 0xff) << 8 | bundle[at + 1] & 0xff;
            at += 2;
            if (at + length > bundle.length) {
                throw new MalformedLogException("a bundle ends inside an entry");
            }
            entries.add(java.util.Arrays.copyOfRange(bundle, at, at + length));
            at += length;
        }
        return entries;
    }
}
