package org.tiezheng.evidence.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogTreeTest {
    private final Map<String, byte[]> store = new HashMap<>();

    private LogTree tree(long size) {
        return new LogTree(
                tile -> {
                    byte[] bytes = store.get(tile.path());
                    if (bytes == null) {
                        throw new FileNotFoundException(tile.path());
                    }
                    return bytes;
                },
                size);
    }

    private static List<byte[]> entries(int count) {
        List<byte[]> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(("entry " + i).getBytes(StandardCharsets.US_ASCII));
        }
        return entries;
    }

    /** The definition in RFC 6962 section 2.1, word by word: a second implementation. */
    private static LogHash defined(List<byte[]> entries) {
        if (entries.isEmpty()) {
            return LogHash.EMPTY;
        }
        if (entries.size() == 1) {
            return LogHash.leaf(entries.get(0));
        }
        int k = 1;
        while (2 * k < entries.size()) {
            k *= 2;
        }
        return LogHash.node(defined(entries.subList(0, k)), defined(entries.subList(k, entries.size())));
    }

    private void grow(int from, List<byte[]> all, int to) throws Exception {
        tree(from).append(all.subList(from, to)).forEach((tile, bytes) -> {
            byte[] before = store.put(tile.path(), bytes);
            assertThat(before == null || java.util.Arrays.equals(before, bytes))
                    .as(tile.path())
                    .isTrue();
        });
    }

    @Test
    void rootsOfTilesAreThoseOfTheDefinition() throws Exception {
        List<byte[]> all = entries(1400);
        Random random = new Random(4998);
        int size = 0;
        assertThat(tree(0).root()).isEqualTo(LogHash.EMPTY);
        while (size < all.size()) {
            int next = Math.min(all.size(), size + 1 + random.nextInt(200));
            grow(size, all, next);
            size = next;
            assertThat(tree(size).root()).as("size %d", size).isEqualTo(defined(all.subList(0, size)));
        }
        assertThat(tree(size).root(700)).isEqualTo(defined(all.subList(0, 700)));
    }

    @Test
    void howEntriesCameInMakesNoDifferenceToFullTilesAndTheLastPartialOnes() throws Exception {
        List<byte[]> all = entries(600);
        for (int i = 0; i < all.size(); i++) {
            grow(i, all, i + 1);
        }
        Map<String, byte[]> oneByOne = new HashMap<>(store);
        store.clear();
        grow(0, all, 600);
        store.forEach((path, bytes) -> assertThat(oneByOne.get(path)).as(path).isEqualTo(bytes));
    }

    @Test
    void everyEntryOfEveryTreeIsProvedAndNothingElse() throws Exception {
        List<byte[]> all = entries(300);
        grow(0, all, 300);
        LogTree tree = tree(300);
        for (int size : new int[] {1, 2, 3, 7, 8, 255, 256, 257, 300}) {
            LogHash root = tree.root(size);
            for (int i = 0; i < size; i += 1 + size / 20) {
                List<LogHash> proof = tree.inclusionProof(i, size);
                LogHash leaf = LogHash.leaf(all.get(i));
                assertThat(MerkleProofs.includes(i, size, leaf, proof, root)).isTrue();
                assertThat(MerkleProofs.includes(i, size, LogHash.leaf(new byte[] {1}), proof, root))
                        .isFalse();
                assertThat(MerkleProofs.includes(i + 1, size, leaf, proof, root) && size > 1)
                        .isFalse();
                if (!proof.isEmpty()) {
                    assertThat(MerkleProofs.includes(i, size, leaf, proof.subList(1, proof.size()), root))
                            .isFalse();
                }
                List<LogHash> longer = new ArrayList<>(proof);
                longer.add(root);
                assertThat(MerkleProofs.includes(i, size, leaf, longer, root)).isFalse();
            }
        }
    }

    @Test
    void growthIsProvedAndRewritingIsNot() throws Exception {
        List<byte[]> all = entries(300);
        grow(0, all, 300);
        LogTree tree = tree(300);
        List<byte[]> rewritten = new ArrayList<>(all);
        rewritten.set(3, new byte[] {1});
        for (int older : new int[] {0, 1, 2, 5, 8, 64, 200, 256, 299, 300}) {
            for (int newer : new int[] {older, 8, 256, 257, 300}) {
                if (newer < older) {
                    continue;
                }
                List<LogHash> proof = tree.consistencyProof(older, newer);
                LogHash oldRoot = tree.root(older);
                LogHash newRoot = tree.root(newer);
                assertThat(MerkleProofs.consistent(older, newer, oldRoot, newRoot, proof))
                        .as("%d to %d", older, newer)
                        .isTrue();
                if (older > 3) {
                    LogHash other = defined(rewritten.subList(0, older));
                    assertThat(MerkleProofs.consistent(older, newer, other, newRoot, proof))
                            .isFalse();
                }
                if (newer > older && older > 0) {
                    assertThat(MerkleProofs.consistent(older, newer, oldRoot, oldRoot, proof))
                            .isFalse();
                    assertThat(MerkleProofs.consistent(older, newer, oldRoot, newRoot, List.of()))
                            .isFalse();
                }
            }
        }
    }

    @Test
    void bundlesHoldTheEntries() throws Exception {
        List<byte[]> all = entries(257);
        grow(0, all, 100);
        grow(100, all, 257);
        List<byte[]> read = new ArrayList<>(LogTree.entries(store.get("tile/entries/000")));
        read.addAll(LogTree.entries(store.get("tile/entries/001.p/1")));

        assertThat(read).containsExactlyElementsOf(all);
        ByteArrayOutputStream cut = new ByteArrayOutputStream();
        cut.write(store.get("tile/entries/000"), 0, 50);
        assertThatThrownBy(() -> LogTree.entries(cut.toByteArray())).isInstanceOf(MalformedLogException.class);
        assertThatThrownBy(() -> tree(257).append(List.of(new byte[LogTree.MAX_ENTRY_BYTES + 1])))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesOfTilesAreThoseOfTheSpecification() {
        assertThat(new Tile(0, 1234067, 256).path()).isEqualTo("tile/0/x001/x234/067");
        assertThat(new Tile(2, 0, 8).path()).isEqualTo("tile/2/000.p/8");
        assertThat(new Tile(Tile.ENTRIES, 1000, 256).path()).isEqualTo("tile/entries/x001/000");
        for (Tile tile : List.of(new Tile(0, 1234067, 256), new Tile(2, 0, 8), new Tile(Tile.ENTRIES, 1000, 255))) {
            assertThat(Tile.ofPath(tile.path())).contains(tile);
        }
        for (String other : List.of(
                "tile/0/x000/005",
                "tile/0/000.p/256",
                "tile/0/000.p/999",
                "tile/8/000",
                "tile/0/0",
                "tile/../000",
                "")) {
            assertThat(Tile.ofPath(other)).as(other).isEmpty();
        }
    }
}
