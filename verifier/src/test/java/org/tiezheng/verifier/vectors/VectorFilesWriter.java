package org.tiezheng.verifier.vectors;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Writes {@code vectors/} anew; see {@link VectorFiles}. No test: it runs only when asked by name and property. */
@EnabledIfSystemProperty(named = "tiezheng.vectors.write", matches = "true")
class VectorFilesWriter {
    @Test
    void write(@TempDir Path folder) throws Exception {
        VectorFiles.write(new VectorFactory(folder));
    }
}
