package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.verifier.LogTrust;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/** An exported package, judged by the verifier with a policy of its own. */
class ProvedExportTest {
    private static final Instant SEALED = Instant.parse("2026-11-22T03:59:00Z");

    @TempDir
    Path folder;

    @Test
    void anExportedPackageVerifiesWithTheProofItCarries() throws Exception {
        try (LogWorld world = new LogWorld(folder.resolve("world"));
                FolderStore store = FolderStore.create("primary", folder.resolve("objects"), world.clock)) {
            TestPackages packages = new TestPackages(folder, SEALED);
            Path archived = packages.make("西湖龙井茶叶", "http://shop.example/item/42", "明前特级");
            UUID id = new TestArchive(world.database, store, packages, world.clock)
                    .archive(archived, NewEvidence.InitialLinks.NONE);
            world.runWitness("court");
            world.runWitness("notary", 1);
            world.quorum("all").start();
            world.askAll();
            LogProofs proofs = new LogProofs(world.database.jdbc(), world.log);
            EvidenceExport export =
                    new EvidenceExport(new EvidenceCatalogue(world.database.jdbc()), store, () -> List.of(proofs));
            Path before = export(export, id, "before.asice");
            world.turn();
            Path after = export(export, id, "after.asice");

            assertThat(before).hasSameBinaryContentAs(archived);
            Path policy = Files.writeString(folder.resolve("log.policy"), world.policyText());
            Path served = Files.writeString(
                    folder.resolve("served.policy"), world.policy().forVerifiers(LogWorld.SIGNER.verifierKey()));
            for (Path given : List.of(policy, served)) {
                Report report = verify(packages, world, after, LogTrust.ofFiles(given, world.files()));
                assertThat(report.problems()).isEmpty();
                assertThat(report.verdict()).isEqualTo(Verdict.VALID);
                assertThat(report.findings())
                        .extracting(Finding::code)
                        .contains(Code.L01, Code.L02, Code.L03, Code.L04, Code.L05, Code.L06);
            }
            // A policy that wants one witness more is not content.
            world.runWitness("sister");
            Path stricter = Files.writeString(folder.resolve("strict.policy"), world.policyText());
            Report report = verify(packages, world, after, LogTrust.ofFiles(stricter, null));
            assertThat(report.verdict()).isEqualTo(Verdict.INDETERMINATE);
            assertThat(report.problems()).extracting(Finding::code).containsExactly(Code.L04);
        }
    }

    private Path export(EvidenceExport export, UUID id, String name) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(file)) {
            export.write(id, out);
        }
        return file;
    }

    private static Report verify(TestPackages packages, LogWorld world, Path file, LogTrust trust) throws IOException {
        return new Verifier(packages.anchors(), world.clock, new VerifierOptions(true, false))
                .with(trust)
                .verify(file);
    }
}
