package org.tiezheng.verifier.vectors;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogHash;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.LogProof;
import org.tiezheng.evidence.log.SignatureType;

/** Vectors with a log proof: L01 to L05, T10, and what is right. A log of three entries, the package's is the second. */
final class LogVectors {
    static final String ORIGIN = "log.example/evidence";
    static final String PROOF = "META-INF/log001.tlog-proof";

    private static final CheckpointSigner LOG = signer(ORIGIN, SignatureType.ED25519, 1);
    private static final CheckpointSigner COURT = signer("court.example/w", SignatureType.ED25519_COSIGNATURE, 2);
    private static final CheckpointSigner NOTARY = signer("notary.example/w", SignatureType.ML_DSA_44_COSIGNATURE, 3);

    private static final LogHash FIRST = LogHash.leaf(new byte[] {1});
    private static final LogHash THIRD = LogHash.leaf(new byte[] {3});

    private final Sample sample;
    private final List<Vector> vectors = new ArrayList<>();

    LogVectors(Sample sample) {
        this.sample = sample;
    }

    private static CheckpointSigner signer(String name, SignatureType type, int seed) {
        byte[] bytes = new byte[CheckpointSigner.SEED_BYTES];
        bytes[0] = (byte) seed;
        return CheckpointSigner.of(name, type, bytes);
    }

    /** What the vectors' user trusts: the log, and both witnesses together. */
    static byte[] policy() {
        return ("log " + LOG.verifierKey() + "\nwitness court " + COURT.verifierKey() + "\nwitness notary "
                        + NOTARY.verifierKey() + "\ngroup both all court notary\nquorum both\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    List<Vector> good() {
        vectors.clear();
        add("log-proof", "With a proof of a witnessed log.", "", proof(leaf(), c -> c));
        return List.copyOf(vectors);
    }

    List<Vector> bad() {
        vectors.clear();
        LogProof right = proof(leaf(), c -> c);
        add("L01_not-a-proof", "The file is no proof.", "L01 INVALID", new byte[] {'x'});
        add(
                "L01_entry-is-no-package",
                "The entry of the proof is not that of a package.",
                "L01 INVALID",
                proof("other".getBytes(StandardCharsets.US_ASCII), c -> c).toBytes());
        add("L02_no-signature", "The log did not sign.", "L02 INVALID", with(right, List.of(COURT, NOTARY)));
        CheckpointSigner stranger = signer("log.example/other", SignatureType.ED25519, 7);
        add(
                "L02_unknown-log",
                "The log is not one the policy names.",
                "L02 INDETERMINATE",
                proof(
                        leaf(),
                        c -> signed(
                                new Checkpoint("log.example/other", c.size(), c.root(), List.of()),
                                List.of(stranger, COURT, NOTARY))));
        add(
                "L03_other-root",
                "The hashes of the proof lead to another root.",
                "L03 INVALID",
                new LogProof(right.entry(), right.index(), List.of(THIRD, FIRST), right.checkpoint()));
        add(
                "L04_one-witness",
                "One of the two witnesses did not cosign.",
                "L04 INDETERMINATE",
                with(right, List.of(LOG, COURT)));
        LogLeaf leaf = leaf();
        add(
                "L05_other-package",
                "The entry in the log is that of another package.",
                "L05 INVALID",
                proof(new LogLeaf(new UUID(1, 2), leaf.sha256(), leaf.sm3(), leaf.sizeBytes(), leaf.time()), c -> c));
        add(
                "L05_other-digest",
                "The entry in the log has another digest.",
                "L05 INVALID",
                proof(
                        new LogLeaf(
                                leaf.id(), Digest.sha256("0".repeat(64)), leaf.sm3(), leaf.sizeBytes(), leaf.time()),
                        c -> c));
        add(
                "T10_entry-a-quarter-of-an-hour-earlier",
                "The entry's time is a quarter of an hour before the token's.",
                "T10 INVALID",
                proof(
                        new LogLeaf(
                                leaf.id(),
                                leaf.sha256(),
                                leaf.sm3(),
                                leaf.sizeBytes(),
                                leaf.time().minus(Duration.ofMinutes(15))),
                        c -> c));
        return List.copyOf(vectors);
    }

    LogLeaf leaf() {
        byte[] wacz = sample.members.get(AsicNames.WACZ);
        return new LogLeaf(
                UUID.fromString(Sample.ID),
                Digest.of(Digest.Algorithm.SHA256, wacz),
                Digest.of(Digest.Algorithm.SM3, wacz),
                wacz.length,
                Sample.SEALED);
    }

    private static LogProof proof(LogLeaf leaf, UnaryOperator<Checkpoint> change) {
        return proof(leaf.toBytes(), change);
    }

    private static LogProof proof(byte[] entry, UnaryOperator<Checkpoint> change) {
        LogHash root = LogHash.node(LogHash.node(FIRST, LogHash.leaf(entry)), THIRD);
        Checkpoint checkpoint = signed(new Checkpoint(ORIGIN, 3, root, List.of()), List.of(LOG, COURT, NOTARY));
        return new LogProof(entry, 1, List.of(FIRST, THIRD), change.apply(checkpoint));
    }

    private static LogProof with(LogProof proof, List<CheckpointSigner> signers) {
        Checkpoint checkpoint = proof.checkpoint();
        Checkpoint unsigned = new Checkpoint(checkpoint.origin(), checkpoint.size(), checkpoint.root(), List.of());
        return new LogProof(proof.entry(), proof.index(), proof.hashes(), signed(unsigned, signers));
    }

    static Checkpoint signed(Checkpoint unsigned, List<CheckpointSigner> signers) {
        return signed(unsigned, signers, Sample.SEALED.plusSeconds(10));
    }

    static Checkpoint signed(Checkpoint unsigned, List<CheckpointSigner> signers, Instant cosignedAt) {
        List<Checkpoint.Line> lines = new ArrayList<>();
        for (CheckpointSigner signer : signers) {
            lines.add(
                    signer.verifierKey().type().isCosignature()
                            ? signer.cosign(unsigned, cosignedAt)
                            : signer.sign(unsigned));
        }
        return unsigned.with(lines);
    }

    static List<CheckpointSigner> signers() {
        return List.of(LOG, COURT, NOTARY);
    }

    private void add(String name, String why, String expect, LogProof proof) {
        add(name, why, expect, proof.toBytes());
    }

    private void add(String name, String why, String expect, byte[] proof) {
        vectors.add(Vector.of(name, why, expect, withProof(proof)));
    }

    byte[] withProof(byte[] proof) {
        return RawZip.of(sample.members).add(PROOF, proof).toBytes();
    }
}
