package org.tiezheng.evidence.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.Digest;

class CheckpointTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final LogHash ROOT = LogHash.leaf(new byte[] {1});

    private final CheckpointSigner log = signer("log.example/evidence", SignatureType.ED25519, 1);
    private final CheckpointSigner court = signer("court.example/w", SignatureType.ED25519_COSIGNATURE, 2);
    private final CheckpointSigner notary = signer("notary.example/w", SignatureType.ML_DSA_44_COSIGNATURE, 3);
    private final Checkpoint unsigned = new Checkpoint("log.example/evidence", 1309, ROOT, List.of());

    private static CheckpointSigner signer(String name, SignatureType type, int seed) {
        byte[] bytes = new byte[CheckpointSigner.SEED_BYTES];
        bytes[0] = (byte) seed;
        return CheckpointSigner.of(name, type, bytes);
    }

    private Checkpoint signed() {
        return unsigned.with(List.of(
                log.sign(unsigned), court.cosign(unsigned, NOON), notary.cosign(unsigned, NOON.plusSeconds(5))));
    }

    @Test
    void aCheckpointIsReadAsItWasWritten() throws Exception {
        Checkpoint written = signed();
        Checkpoint read = Checkpoint.parse(written.toBytes());

        assertThat(read).isEqualTo(written);
        assertThat(read.signedBy(log.verifierKey())).isTrue();
        assertThat(read.cosignedAt(court.verifierKey())).contains(NOON);
        assertThat(read.cosignedAt(notary.verifierKey())).contains(NOON.plusSeconds(5));
        assertThat(read.cosignedAt(signer("court.example/w", SignatureType.ED25519_COSIGNATURE, 9)
                        .verifierKey()))
                .isEmpty();
    }

    @Test
    void signaturesAreOfOneTreeOnly() {
        Checkpoint other = new Checkpoint("log.example/evidence", 1310, ROOT, signed().signatures());

        assertThat(other.signedBy(log.verifierKey())).isFalse();
        assertThat(other.cosignedAt(court.verifierKey())).isEmpty();
        assertThat(other.cosignedAt(notary.verifierKey())).isEmpty();
    }

    @Test
    void theTimeOfACosignatureIsSigned() {
        for (CheckpointSigner witness : List.of(court, notary)) {
            Checkpoint.Line line = witness.cosign(unsigned, NOON);
            byte[] value = line.value();
            value[7]++;
            Checkpoint moved = unsigned.with(List.of(new Checkpoint.Line(line.name(), line.keyId(), value)));
            assertThat(moved.cosignedAt(witness.verifierKey())).isEmpty();
        }
    }

    @Test
    void verifierKeysAreReadAsTheyWereWritten() throws Exception {
        for (CheckpointSigner signer : List.of(log, court, notary)) {
            String vkey = signer.verifierKey().toString();
            assertThat(VerifierKey.parse(vkey)).isEqualTo(signer.verifierKey());
            assertThatThrownBy(() -> VerifierKey.parse(vkey.replaceFirst("example", "elsewhere")))
                    .isInstanceOf(MalformedLogException.class);
        }
    }

    /** The key of Go's checksum database, with its key id: from the documentation of golang.org/x/mod/sumdb/note. */
    @Test
    void aKeyOfAnotherImplementationIsRead() throws Exception {
        String vkey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

        assertThat(VerifierKey.parse(vkey).toString()).isEqualTo(vkey);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "log\n1\n",
                "log\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 log AAAAAAA=\n",
                "log\n1\nAAAA\n\n\u2014 log AAAAAAA=\n",
                "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nextension\n\n\u2014 log AAAAAAA=\n",
                "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n- log AAAAAAA=\n",
                "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 log AAAAAA\n",
                "log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 log AAAAAAA="
            })
    void otherTextsAreRefused(String note) {
        assertThatThrownBy(() -> Checkpoint.parse(note.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedLogException.class);
    }

    @Test
    void aProofIsReadAsItWasWritten() throws Exception {
        LogHash other = LogHash.leaf(new byte[] {2});
        Checkpoint two = new Checkpoint("log.example/evidence", 2, LogHash.node(ROOT, other), List.of());
        LogProof proof = new LogProof(new byte[] {1}, 0, List.of(other), two.with(List.of(log.sign(two))));

        LogProof read = LogProof.parse(proof.toBytes());

        assertThat(read).isEqualTo(proof);
        assertThat(read.proves()).isTrue();
        assertThat(new LogProof(new byte[] {2}, 0, read.hashes(), read.checkpoint()).proves())
                .isFalse();
        String text = new String(proof.toBytes(), StandardCharsets.UTF_8);
        assertThatThrownBy(
                        () -> LogProof.parse(text.replaceFirst("extra .*\n", "").getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedLogException.class);
    }

    @Test
    void aLeafIsOneLineAndNoOther() throws Exception {
        LogLeaf leaf = new LogLeaf(
                UUID.fromString("5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01"),
                Digest.sha256("0".repeat(64)),
                Digest.sm3("1".repeat(64)),
                842,
                NOON.plusMillis(5));

        assertThat(LogLeaf.parse(leaf.toBytes())).isEqualTo(leaf);
        assertThat(leaf.toString()).endsWith("\"size\":842,\"t\":\"2026-11-22T12:00:00Z\"}");
        Stream.of(
                        leaf + " ",
                        leaf.toString().replace("\"v\":1", "\"v\":2"),
                        leaf.toString().replace("22T", "32T"),
                        "{}")
                .forEach(text -> assertThatThrownBy(() -> LogLeaf.parse(text.getBytes(StandardCharsets.US_ASCII)))
                        .as(text)
                        .isInstanceOf(MalformedLogException.class));
    }

    @Test
    void aPolicySaysWhoseSignaturesCount() throws Exception {
        String witnesses = "log " + log.verifierKey() + "\nwitness court " + court.verifierKey() + "\nwitness notary "
                + notary.verifierKey() + " https://notary.example\n";
        Checkpoint logOnly = unsigned.with(List.of(log.sign(unsigned)));
        Checkpoint courtToo = logOnly.with(List.of(court.cosign(unsigned, NOON)));

        LogPolicy all = policy(witnesses + "group both all court notary\nquorum both\n");
        assertThat(all.logOf(logOnly)).isPresent();
        assertThat(all.isWitnessed(courtToo)).isFalse();
        assertThat(all.isWitnessed(signed())).isTrue();
        assertThat(policy(witnesses + "group one any court notary\nquorum one\n")
                        .isWitnessed(courtToo))
                .isTrue();
        assertThat(policy(witnesses + "quorum none # not a comment here\n".replace(" # not a comment here", ""))
                        .isWitnessed(logOnly))
                .isTrue();
        assertThat(policy("quorum none\n").logOf(logOnly)).isEmpty();
    }

    @Test
    void policiesThatCountAWitnessTwiceOrKnowNoQuorumAreRefused() {
        String court = "witness court " + this.court.verifierKey() + "\n";
        Stream.of(
                        "",
                        court,
                        court + court.replace(" court ", " again ") + "quorum court\n",
                        court + "quorum other\n",
                        court + "group g 2 court\nquorum g\n",
                        court + "group g any court\ngroup h any court\nquorum g\n",
                        court + "quorum court\nquorum court\n",
                        "log " + this.court.verifierKey() + "\nquorum none\n",
                        "witness w " + log.verifierKey() + "\nquorum none\n")
                .forEach(text ->
                        assertThatThrownBy(() -> policy(text)).as(text).isInstanceOf(MalformedLogException.class));
    }

    private static LogPolicy policy(String text) throws MalformedLogException {
        return LogPolicy.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
