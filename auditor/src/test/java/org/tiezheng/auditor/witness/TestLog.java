package org.tiezheng.auditor.witness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tiezheng.evidence.log.AddCheckpoint;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.log.Tile;

/** A real log in memory. */
final class TestLog {
    final CheckpointSigner signer;
    private final Map<Tile, byte[]> tiles = new HashMap<>();
    private long size;

    TestLog(String origin, int key) {
        byte[] seed = new byte[CheckpointSigner.SEED_BYTES];
        seed[0] = (byte) key;
        signer = CheckpointSigner.of(origin, SignatureType.ED25519, seed);
    }

    LogPolicy policy() {
        try {
            return LogPolicy.parse(policyText().getBytes(StandardCharsets.UTF_8));
        } catch (MalformedLogException e) {
            throw new IllegalStateException(e);
        }
    }

    String policyText() {
        return "log " + signer.verifierKey() + "\nquorum none\n";
    }

    /** Adds {@code count} entries; logs whose {@code words} differ have different histories from here. */
    TestLog grow(int count, String words) throws IOException {
        List<byte[]> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add((words + (size + i)).getBytes(StandardCharsets.UTF_8));
        }
        tiles.putAll(tree().append(entries));
        size += count;
        return this;
    }

    private LogTree tree() {
        return new LogTree(this::tile, size);
    }

    private byte[] tile(Tile tile) throws IOException {
        byte[] bytes = tiles.get(tile);
        if (bytes == null) {
            throw new IOException("no " + tile.path());
        }
        return bytes;
    }

    long size() {
        return size;
    }

    Checkpoint checkpoint() throws IOException {
        Checkpoint unsigned = new Checkpoint(signer.verifierKey().name(), size, tree().root(), List.of());
        return unsigned.with(List.of(signer.sign(unsigned)));
    }

    byte[] request(long old) throws IOException {
        return new AddCheckpoint(
                        old, old == 0 ? List.of() : tree().consistencyProof(Math.min(old, size), size), checkpoint())
                .toBytes();
    }
}
