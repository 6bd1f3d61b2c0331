package org.tiezheng.evidence.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.Verdict;

class AlgorithmPolicyTest {
    private static final String SHA256 = "2.16.840.1.101.3.4.2.1";
    private static final String TEXT = """
            tiezheng-algorithm-policy 1
            date 2039-01-31
            # SHA-256 ends
            digest 2.16.840.1.101.3.4.2.1  SHA-256  2040-01-01
            digest 2.16.840.1.101.3.4.2.3  SHA-512  -

            signature 1.2.840.10045.4.3.2  EC  SHA-256
            signature 1.2.840.10045.4.3.4  EC  SHA-512
            key EC 0 2012-08-01
            key EC 256 2050-01-01
            """;

    private static AlgorithmPolicy parse(String text) throws MalformedPolicyException {
        return AlgorithmPolicy.parse(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static AlgorithmIdentifier algorithm(String oid) {
        return new AlgorithmIdentifier(new ASN1ObjectIdentifier(oid));
    }

    @Test
    void aPolicyFromAFileTakesThePlaceOfTheStandardOne(@TempDir Path folder) throws Exception {
        AlgorithmPolicy policy = AlgorithmPolicy.ofFile(Files.writeString(folder.resolve("policy.txt"), TEXT));
        Instant before = Instant.parse("2039-06-01T00:00:00Z");
        Instant after = Instant.parse("2040-06-01T00:00:00Z");
        List<AlgorithmPolicy.Use> sha256 = List.of(AlgorithmPolicy.Use.digest("tree", algorithm(SHA256)));

        assertThat(policy.date()).isEqualTo(LocalDate.of(2039, 1, 31));
        assertThat(policy.judge(sha256, before, before).verdict()).isEqualTo(Verdict.VALID);
        assertThat(policy.judge(sha256, before, after).verdict()).isEqualTo(Verdict.INDETERMINATE);
        assertThat(policy.judge(sha256, after, after).verdict()).isEqualTo(Verdict.INVALID);
        assertThat(AlgorithmPolicy.standard().judge(sha256, after, after).verdict())
                .isEqualTo(Verdict.VALID);
    }

    @Test
    void theEndIsTheFirstDayOnWhichTheJudgementChanges() throws Exception {
        AlgorithmPolicy policy = parse(TEXT);
        Instant end = Instant.parse("2040-01-01T00:00:00Z");

        assertThat(policy.digestEnd(SHA256)).hasValue(end);
        assertThat(policy.digestEnd("1.2.3")).isEmpty();
        assertThat(policy.end(List.of(AlgorithmPolicy.Use.digest("tree", algorithm(SHA256)))))
                .isEqualTo(end);
        AlgorithmPolicy.Use signature = AlgorithmPolicy.Use.signature(
                "token", algorithm("1.2.840.10045.4.3.4"), algorithm("2.16.840.1.101.3.4.2.3"));
        assertThat(policy.end(List.of(signature))).isEqualTo(Instant.MAX);
        assertThat(policy.end(List.of(signature.by(
                        org.tiezheng.evidence.time.Forge.ec("P-256").getPublic()))))
                .isEqualTo(Instant.parse("2050-01-01T00:00:00Z"));
        assertThat(policy.end(List.of(AlgorithmPolicy.Use.digest("tree", algorithm("1.2.3")))))
                .isEqualTo(Instant.MIN);
    }

    @Test
    void otherTextsAreRefusedWithTheirLine() {
        List<String> others = List.of(
                "",
                TEXT.strip(),
                TEXT.replace("\n", "\r\n"),
                TEXT.replace("policy 1", "policy 2"),
                TEXT.replace("date 2039-01-31", "date 2039-02-31"),
                TEXT.replace("date 2039-01-31\n", ""),
                TEXT.replace("2040-01-01", "2040-1-1"),
                TEXT.replace("2040-01-01", "never"),
                TEXT.replace("SHA-256  2040", "sha256  2040"),
                TEXT.replace("key EC 0 2012-08-01\n", ""),
                TEXT.replace("digest 2.16.840.1.101.3.4.2.3  SHA-512  -\n", ""),
                TEXT + "digest 2.16.840.1.101.3.4.2.3  SHA-512  2030-01-01\n",
                TEXT + "key EC 256 -\n",
                TEXT + "key EC -1 -\n",
                TEXT + "digset 1.2.3 X -\n",
                TEXT + "digest 1.2.3 X\n",
                TEXT + "# 铁\n");
        for (String other : others) {
            assertThatThrownBy(() -> AlgorithmPolicy.parse(other.getBytes(StandardCharsets.UTF_8)))
                    .as(other)
                    .isInstanceOf(MalformedPolicyException.class)
                    .hasMessageMatching("(?s).+");
        }
    }

    /** Any bytes are a policy or malformed, never another exception. */
    @FuzzTest(maxDuration = "1m")
    void anyBytes(byte[] bytes) {
        try {
            assertThat(AlgorithmPolicy.parse(bytes).date()).isNotNull();
        } catch (MalformedPolicyException expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }
}
