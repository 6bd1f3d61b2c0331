package org.tiezheng.evidence.asic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;

class SumsFileTest {
    private static final String HEX = "ab".repeat(32);

    @Test
    void linesAreThoseOfCoreutils() {
        SumsFile sha256 = new SumsFile(Digest.Algorithm.SHA256, Map.of("a/b", Digest.sha256(HEX)));
        assertThat(sha256.toBytes()).asString().isEqualTo(HEX + "  a/b\n");
        SumsFile sm3 = new SumsFile(Digest.Algorithm.SM3, Map.of("a/b", Digest.sm3(HEX)));
        assertThat(sm3.toBytes()).asString().isEqualTo("SM3 (a/b) = " + HEX + "\n");
        assertThat(SumsFile.parse(Digest.Algorithm.SHA256, sha256.toBytes(), "s")
                        .value())
                .isEqualTo(sha256);
        assertThat(SumsFile.parse(Digest.Algorithm.SM3, sm3.toBytes(), "s").value())
                .isEqualTo(sm3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "abab  a\n",
                "ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB  a\n",
                "abababababababababababababababababababababababababababababababab a\n",
                "abababababababababababababababababababababababababababababababab  ../a\n",
                "abababababababababababababababababababababababababababababababab  a",
                "abababababababababababababababababababababababababababababababab  a\r\n",
                "abababababababababababababababababababababababababababababababab  é\n",
                "abababababababababababababababababababababababababababababababab  a\n"
                        + "abababababababababababababababababababababababababababababababab  a\n"
            })
    void m08AnythingElseIsRefused(String text) {
        assertThat(SumsFile.parse(Digest.Algorithm.SHA256, text.getBytes(StandardCharsets.UTF_8), "s")
                        .findings())
                .extracting(Finding::code)
                .containsExactly(Code.M08);
    }
}
