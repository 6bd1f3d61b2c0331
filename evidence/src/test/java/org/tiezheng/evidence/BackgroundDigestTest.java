package org.tiezheng.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackgroundDigestTest {
    private static final int PART = BackgroundDigest.PART_BYTES;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4097, PART - 1, PART, PART + 1, 2 * PART, 9 * PART, 12 * PART + 77})
    void givesTheDigestOfAllBytesHoweverTheyWereCut(int size) {
        byte[] content = new byte[size];
        Random random = new Random(size);
        random.nextBytes(content);
        BackgroundDigest digest = new BackgroundDigest(Digest.Algorithm.SM3.start());
        byte[] shared = new byte[100_000];
        for (int at = 0; at < size; ) {
            int count = Math.min(size - at, 1 + random.nextInt(70_000));
            System.arraycopy(content, at, shared, 33, count);
            digest.update(shared, 33, count);
            // The caller goes on using its buffer, as a copy loop does.
            Arrays.fill(shared, (byte) 0);
            at += count;
        }

        assertThat(Digest.ofBytes(Digest.Algorithm.SM3, digest.digest()))
                .isEqualTo(Digest.of(Digest.Algorithm.SM3, content));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 3 * PART + 5})
    void oneCallMayBringEverything(int size) {
        byte[] content = new byte[size];
        new Random(7).nextBytes(content);
        BackgroundDigest digest = new BackgroundDigest(Digest.Algorithm.SM3.start());
        digest.update(content, 0, size);

        assertThat(Digest.ofBytes(Digest.Algorithm.SM3, digest.digest()))
                .isEqualTo(Digest.of(Digest.Algorithm.SM3, content));
    }
}
