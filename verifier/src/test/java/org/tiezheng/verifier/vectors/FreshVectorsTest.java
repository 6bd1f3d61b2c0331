package org.tiezheng.verifier.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.verifier.LogTrust;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;

/** The generator still makes what it says: every vector anew, with new keys. */
class FreshVectorsTest {
    @TempDir
    private static Path folder;

    @TestFactory
    List<DynamicTest> everyVectorGivesExactlyItsCodes() throws Exception {
        VectorFactory factory = new VectorFactory(folder);
        List<Vector> all = new ArrayList<>(factory.good());
        all.addAll(factory.bad());
        LogTrust log = new LogTrust(LogPolicy.parse(LogVectors.policy()), null);
        return all.stream()
                .map(vector -> DynamicTest.dynamicTest(vector.name(), () -> {
                    Path file = Files.write(folder.resolve(vector.name() + ".asice"), vector.bytes());
                    Report report = new Verifier(factory.anchors(), Sample.VERIFIED, vector.verifierOptions())
                            .with(log)
                            .verify(file);
                    assertThat(Vector.said(report))
                            .as(report.problems().toString())
                            .isEqualTo(vector.expect());
                }))
                .toList();
    }

    @Test
    void theFaultyZipWriterWithoutFaultsIsTheRealOne() throws Exception {
        Sample sample = new Sample(Files.createDirectory(folder.resolve("same")));

        assertThat(RawZip.of(sample.members).toBytes()).isEqualTo(sample.sealed);
    }
}
