package org.tiezheng.evidence.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.trust.TrustAnchors;

/** The ordinary run's share of fuzzing: seeds changed in thousands of small ways, always the same ones. */
class SealMutationTest {
    private final TrustAnchors anchors = SealFuzz.anchors();

    SealMutationTest() throws Exception {}

    @Test
    void seedsAreValid() throws IOException {
        assertThat(new TimestampChecks(anchors, SealFuzz.NOW)
                        .check(SealFuzz.seed("anyBytesAsToken/token"), SealFuzz.DIGEST, "x"))
                .extracting(Finding::verdict)
                .containsOnly(Verdict.VALID);
        assertThat(new SignatureChecks(anchors, SealFuzz.NOW)
                        .check(SealFuzz.seed("anyBytesAsSignature/signature"), SealFuzz.MANIFEST, "x"))
                .extracting(Finding::verdict)
                .containsOnly(Verdict.VALID);
    }

    @Test
    void mutatedSeedsNeverThrow() throws Exception {
        Random random = new Random(20261121);
        byte[] token = SealFuzz.seed("anyBytesAsToken/token");
        byte[] signature = SealFuzz.seed("anyBytesAsSignature/signature");
        for (int i = 0; i < 1000; i++) {
            SealFuzz.checkToken(mutated(token, random), anchors);
            SealFuzz.checkSignature(mutated(signature, random), anchors);
        }
    }

    /** One to three changes: a byte set, a byte of structure nudged, a piece cut out, a piece doubled. */
    private static byte[] mutated(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = random.nextInt(bytes.length);
            int length = Math.min(1 + random.nextInt(20), bytes.length - at);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] += (byte) (random.nextBoolean() ? 1 : -1);
                case 2 -> {
                    byte[] cut = new byte[bytes.length - length];
                    System.arraycopy(bytes, 0, cut, 0, at);
                    System.arraycopy(bytes, at + length, cut, at, cut.length - at);
                    bytes = cut.length == 0 ? bytes : cut;
                }
                default -> {
                    byte[] doubled = new byte[bytes.length + length];
                    System.arraycopy(bytes, 0, doubled, 0, at + length);
                    System.arraycopy(bytes, at, doubled, at + length, bytes.length - at);
                    bytes = doubled;
                }
            }
        }
        return bytes;
    }
}
