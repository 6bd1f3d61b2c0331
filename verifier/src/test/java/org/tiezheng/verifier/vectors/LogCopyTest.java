package org.tiezheng.verifier.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogProof;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.Tile;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.verifier.LogTrust;
import org.tiezheng.verifier.Note;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/** A package's proof against the user's own copy of the log: L06, attack A8; and L07, the late witness. */
class LogCopyTest {
    private static final int ENTRIES = 300;
    private static final int THEN = 270;
    private static final int INDEX = 266;

    @TempDir
    Path folder;

    private Sample sample;
    private LogVectors vectors;
    private final List<byte[]> entries = new ArrayList<>();
    private Path copy;
    private LogProof proof;

    @BeforeEach
    void keepALog() throws Exception {
        sample = new Sample(Files.createDirectory(folder.resolve("sample")));
        vectors = new LogVectors(sample);
        for (int i = 0; i < ENTRIES; i++) {
            entries.add(i == INDEX ? vectors.leaf().toBytes() : new byte[] {(byte) (i / 256), (byte) i});
        }
        copy = folder.resolve("log");
        LogTree tree = write(entries);
        Checkpoint then = new Checkpoint(LogVectors.ORIGIN, THEN, tree.root(THEN), List.of());
        proof = new LogProof(
                entries.get(INDEX),
                INDEX,
                tree.inclusionProof(INDEX, THEN),
                LogVectors.signed(then, LogVectors.signers()));
    }

    private LogTree write(List<byte[]> all) throws Exception {
        LogTree none = new LogTree(
                tile -> {
                    throw new java.io.IOException("none yet");
                },
                0);
        for (var tile : none.append(all).entrySet()) {
            Path file = copy.resolve(tile.getKey().path());
            Files.createDirectories(file.getParent());
            Files.write(file, tile.getValue());
        }
        LogTree tree = new LogTree(tile -> Files.readAllBytes(copy.resolve(tile.path())), all.size());
        Checkpoint now = new Checkpoint(LogVectors.ORIGIN, all.size(), tree.root(), List.of());
        Files.write(
                copy.resolve("checkpoint"),
                LogVectors.signed(now, LogVectors.signers()).toBytes());
        return tree;
    }

    private Report verify() throws Exception {
        Path policy = Files.write(folder.resolve("policy"), LogVectors.policy());
        Path file = Files.write(folder.resolve("package.asice"), vectors.withProof(proof.toBytes()));
        return new Verifier(TrustAnchors.of(sample.authority.root()), Sample.VERIFIED, VerifierOptions.DEFAULT)
                .with(LogTrust.ofFiles(policy, copy))
                .verify(file);
    }

    @Test
    void aLogThatOnlyGrewIsConsistent() throws Exception {
        Report report = verify();

        assertThat(report.problems()).isEmpty();
        assertThat(report.findings()).anyMatch(f -> f.code() == Code.L06 && f.verdict() == Verdict.VALID);
    }

    @Test
    void aRewrittenLogIsFound() throws Exception {
        entries.set(5, new byte[] {9});
        write(entries);

        assertThat(Vector.said(verify())).containsExactly("L06 INVALID");
    }

    @Test
    void anAlteredTileIsFound() throws Exception {
        Path tile = copy.resolve(new Tile(0, 0, 256).path());
        byte[] bytes = Files.readAllBytes(tile);
        bytes[100] ^= 1;
        Files.write(tile, bytes);
        // The root of the copy is made of full tiles' parents; the altered one is read for smaller trees.
        Path parent = copy.resolve(new Tile(1, 0, 1).path());
        byte[] above = Files.readAllBytes(parent);
        above[0] ^= 1;
        Files.write(parent, above);

        assertThat(Vector.said(verify())).containsExactly("L06 INVALID");
    }

    @Test
    void aMissingTileIsNoPass() throws Exception {
        Files.delete(copy.resolve(new Tile(0, 1, ENTRIES - 256).path()));

        assertThat(Vector.said(verify())).containsExactly("L06 INDETERMINATE");
    }

    @Test
    void aCopyThatEndsEarlierProvesNothing() throws Exception {
        write(entries.subList(0, 100));

        assertThat(Vector.said(verify())).containsExactly("L06 INDETERMINATE");
    }

    @Test
    void aWitnessThatCameLateIsSaidAndChangesNothing() throws Exception {
        Checkpoint then =
                new Checkpoint(LogVectors.ORIGIN, THEN, proof.checkpoint().root(), List.of());
        proof = new LogProof(
                proof.entry(),
                INDEX,
                proof.hashes(),
                LogVectors.signed(then, LogVectors.signers(), Sample.SEALED.plus(Duration.ofHours(2))));

        Report report = verify();

        assertThat(report.problems()).isEmpty();
        assertThat(report.notes()).contains(Note.WITNESSED_LATE);
    }
}
