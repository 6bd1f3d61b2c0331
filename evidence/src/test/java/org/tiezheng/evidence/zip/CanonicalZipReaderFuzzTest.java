package org.tiezheng.evidence.zip;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Seeds are in the resources beside; {@code JAZZER_FUZZ=1} makes it search for more. */
class CanonicalZipReaderFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void whatParsesEncodesToTheSameBytes(byte[] bytes) throws IOException {
        Path file = Files.createTempFile("fuzz", ".zip");
        try {
            Files.write(file, bytes);
            ZipFuzz.check(file);
        } finally {
            Files.delete(file);
        }
    }
}
