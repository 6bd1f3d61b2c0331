package org.tiezheng.evidence.wire.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.tiezheng.evidence.wire.Recorded;

/** Damages a recording in many ways and looks that nothing goes unsaid. */
final class Changes {
    private Changes() {}

    /** @param pcapng one conversation of two whole directions */
    static void assertAllReported(byte[] pcapng, Random random) throws Exception {
        Decoded whole = Decoded.of(pcapng);
        assertThat(whole.undecoded).isEmpty();
        for (int i = 0; i < 150; i++) {
            int length = random.nextInt(pcapng.length);
            Decoded cut = Decoded.of(Arrays.copyOf(pcapng, length));
            assertThat(cut.undecoded.isEmpty() && !isSame(whole, cut) && !endsOpen(cut))
                    .as("cut at %d", length)
                    .isFalse();
        }
        for (int i = 0; i < 300; i++) {
            byte[] flipped = pcapng.clone();
            int bit = random.nextInt(pcapng.length * 8);
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Decoded changed = Decoded.of(flipped);
            assertThat(changed.undecoded.isEmpty() && !isSame(whole, changed))
                    .as("bit %d flipped", bit)
                    .isFalse();
        }
    }

    private static boolean isSame(Decoded one, Decoded other) {
        if (!one.plain.keySet().equals(other.plain.keySet())) {
            return false;
        }
        for (int number : one.plain.keySet()) {
            Recorded.Stream a = one.plain.get(number);
            Recorded.Stream b = other.plain.get(number);
            for (var direction : org.tiezheng.evidence.wire.Direction.values()) {
                if (!Arrays.equals(a.of(direction), b.of(direction))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The file ends between two packets: the stream's own end is missing, which its reader sees. */
    private static boolean endsOpen(Decoded cut) {
        return cut.plain.values().stream().allMatch(s -> s.ends.size() < 2);
    }
}
