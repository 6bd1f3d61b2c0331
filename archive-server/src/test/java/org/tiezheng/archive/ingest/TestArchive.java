package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.CatalogueWriter;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.retention.TestRetention;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;
import org.tiezheng.verifier.cli.JsonReport;

/** Puts a package straight into store and catalogue, for tests of what comes after: no upload, no states. */
public final class TestArchive {
    public static final Actor OFFICER = new Actor("officer-1", "执法人员甲", "INSPECTOR", "鄂市监0001", "127.0.0.1", "session");

    /** Longer than the rules ask for, so that the server of a test does not extend it meanwhile. */
    private static final Duration LOCK = Duration.ofDays(5 * 365);

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final ObjectStore store;
    private final TestPackages packages;
    private final Clock clock;

    public TestArchive(TestDatabase database, ObjectStore store, TestPackages packages, Clock clock) {
        this(database.jdbc(), database.transactions(), store, packages, clock);
    }

    /** Into the database of a running server. */
    public TestArchive(
            JdbcClient jdbc, TransactionTemplate transactions, ObjectStore store, TestPackages packages, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.store = store;
        this.packages = packages;
        this.clock = clock;
    }

    /** Archives it as a capture of {@link #OFFICER}. */
    public UUID archive(Path file, NewEvidence.InitialLinks links) {
        return archive(file, links, OFFICER);
    }

    /** Archives it as a capture of {@code officer}. */
    public UUID archive(Path file, NewEvidence.InitialLinks links, Actor officer) {
        try {
            Report report = new Verifier(packages.anchors(), clock, new VerifierOptions(true, false)).verify(file);
            if (!report.problems().isEmpty()) {
                throw new IllegalStateException("not VALID: " + report.problems());
            }
            ReadPackage read = PackageReader.read(file, report);
            Retention retention = Retention.compliance(clock.instant().plus(LOCK));
            PackageObjects objects = new PackageObjects(store, PackageObjects.Gate.OPEN);
            List<EvidenceObject> stored = new ArrayList<>();
            for (ReadPackage.Member member : read.members()) {
                StoredObject object = objects.put(file, member, retention);
                stored.add(new EvidenceObject(
                        member.name(),
                        member.sha256(),
                        member.sm3(),
                        member.sizeBytes(),
                        member.crc32(),
                        object.version()));
            }
            NewEvidence evidence = new NewEvidence(
                    read.id(),
                    null,
                    read.sha256(),
                    read.sm3(),
                    read.waczBytes(),
                    TestPackages.sha256(file),
                    Files.size(file),
                    read.targetUrl(),
                    read.finalUrl(),
                    read.title(),
                    read.capturedFrom(),
                    read.capturedTo(),
                    report.facts().before() == null
                            ? null
                            : report.facts().before().genTime(),
                    String.valueOf(report.facts().completeness()),
                    report.facts().completenessReasons(),
                    report.verdict(),
                    clock.instant(),
                    true,
                    JsonReport.of(report, clock.instant()),
                    Evidence.Origin.UPLOAD,
                    false,
                    List.of(officer.id()),
                    List.of(officer.name()),
                    null,
                    retention.until(),
                    links,
                    read.pageText(),
                    stored,
                    read.files());
            Long number = transactions.execute(status -> {
                long given = new CatalogueWriter(jdbc)
                        .insert(
                                evidence,
                                officer,
                                clock.instant(),
                                Ingest.leaf(read, clock.instant()).toString());
                TestRetention.retentions(jdbc, transactions, clock).assignNew(read.id(), officer);
                return given;
            });
            if (number == null) {
                throw new IllegalStateException("no number");
            }
            return read.id();
        } catch (IOException | PackageReader.UnreadablePackageException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
