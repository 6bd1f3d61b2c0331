package org.tiezheng.evidence.trust;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;

/** The standard algorithm policy of a future in which SHA-256 has ended. */
public final class FuturePolicy {
    private FuturePolicy() {}

    /** The policy file's text. */
    public static String sha256Ends(LocalDate on) {
        try (InputStream in = AlgorithmPolicy.class.getResourceAsStream("algorithms.txt")) {
            String standard = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            String changed = standard.replaceFirst("(SHA-256 +)-", "$1" + on);
            if (changed.equals(standard)) {
                throw new IllegalStateException("the standard policy has an end of SHA-256 already");
            }
            return changed;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
