package org.tiezheng.evidence.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.TrustAnchors;

/**
 * What must hold for any bytes: hostile tokens and signatures end in findings, never in an exception, and never in VALID
 * for other content. {@link #main} makes the seeds.
 */
final class SealFuzz {
    static final byte[] MANIFEST = "<manifest/>".getBytes(StandardCharsets.UTF_8);
    static final Digest DIGEST = Digest.of(Digest.Algorithm.SHA256, MANIFEST);
    static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
    private static final Instant SEALED = Instant.parse("2026-11-21T09:30:00Z");

    private SealFuzz() {}

    static TrustAnchors anchors() throws Exception {
        return TrustAnchors.ofPem(new String(seed("root.pem"), StandardCharsets.US_ASCII));
    }

    static void checkToken(byte[] bytes, TrustAnchors anchors) throws Exception {
        List<Finding> findings = new TimestampChecks(anchors, NOW).check(bytes, DIGEST, "x");
        assertThat(findings).isNotEmpty();
        if (Verdict.worstOf(findings) == Verdict.VALID) {
            TimestampToken token = TimestampToken.parse(bytes);
            assertThat(token.imprint()).isEqualTo(DIGEST.bytes());
            assertThat(token.genTime()).isEqualTo(SEALED);
            assertThat(token.der()).isEqualTo(bytes);
        }
        try {
            TimestampToken token = TimestampToken.parse(bytes);
            assertThat(token.toString()).doesNotContain("\u001b", "\n");
            assertThat(token.accuracy()).isNotNull();
        } catch (MalformedTokenException e) {
            assertThat(findings).hasSize(1);
        }
    }

    static void checkSignature(byte[] bytes, TrustAnchors anchors) {
        List<Finding> findings = new SignatureChecks(anchors, NOW).check(bytes, MANIFEST, "x");
        assertThat(findings).isNotEmpty();
        byte[] other = MANIFEST.clone();
        other[0] ^= 1;
        assertThat(Verdict.worstOf(new SignatureChecks(anchors, NOW).check(bytes, other, "x")))
                .isNotEqualTo(Verdict.VALID);
    }

    static byte[] seed(String name) throws IOException {
        try (InputStream in = SealFuzz.class.getResourceAsStream("SealFuzzTestInputs/" + name)) {
            return java.util.Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    /** Writes new seeds into the folder given as argument. Their keys are in a temporary folder that is left behind. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Path data = Files.createTempDirectory("seeds");
        Clock clock = Clock.fixed(SEALED, ZoneOffset.UTC);
        EmbeddedAuthority embedded = EmbeddedAuthority.open(data, clock);
        Files.createDirectories(folder.resolve("anyBytesAsToken"));
        Files.createDirectories(folder.resolve("anyBytesAsSignature"));
        Files.copy(embedded.rootFile(), folder.resolve("root.pem"));
        Files.write(
                folder.resolve("anyBytesAsToken/token"), embedded.stamp(DIGEST).der());
        CadesSigner.Unstamped signature = new CadesSigner(embedded.signer(), clock).sign(MANIFEST);
        Files.write(
                folder.resolve("anyBytesAsSignature/signature"),
                signature.withTimestamp(embedded.stamp(signature.valueDigest())));
    }
}
