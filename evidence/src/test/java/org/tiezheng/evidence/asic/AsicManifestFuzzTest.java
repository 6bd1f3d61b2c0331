package org.tiezheng.evidence.asic;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Parsed;

/** Any bytes: a manifest that reads the same when written again, or findings; never an exception. */
class AsicManifestFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void manifest(byte[] bytes) {
        AsicManifest manifest = AsicManifest.parse(bytes, "m").value();
        if (manifest != null) {
            assertThat(AsicManifest.parse(manifest.toXml(), "m").value()).isEqualTo(manifest);
        }
    }

    @FuzzTest(maxDuration = "1m")
    void sums(byte[] bytes) {
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            Parsed<SumsFile> sums = SumsFile.parse(algorithm, bytes, "s");
            sums.toOptional().ifPresent(file -> assertThat(file.toBytes()).isEqualTo(bytes));
        }
    }
}
