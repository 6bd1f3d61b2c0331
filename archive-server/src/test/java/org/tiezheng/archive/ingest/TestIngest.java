package org.tiezheng.archive.ingest;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CatalogueWriter;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.jobs.TestJobs;
import org.tiezheng.archive.retention.TestRetention;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.storage.ObjectStore;

/** The real way into an archive, for tests of packages that send something in: what arrives, and the thread that judges it. */
public final class TestIngest {
    private final Ingest ingest;
    private final UploadTable table;
    private final IngestFolders folders;
    private final EvidenceCatalogue catalogue;
    private final IngestMetrics metrics;
    private final Clock clock;

    public TestIngest(TestDatabase database, ObjectStore store, Path data, Trust trust, Clock clock)
            throws IOException {
        this.clock = clock;
        this.catalogue = new EvidenceCatalogue(database.jdbc());
        this.folders = new IngestFolders(ArchiveFolder.open(data), Runnable::run);
        this.table = new UploadTable(database.jdbc());
        this.metrics = new IngestMetrics(new SimpleMeterRegistry(), table, clock);
        AuditLog audit = new AuditLog(database.jdbc(), clock);
        this.ingest = new Ingest(
                table,
                uploads(database.jdbc(), database.transactions()),
                folders,
                new PackageObjects(store, PackageObjects.Gate.OPEN),
                catalogue,
                new CatalogueWriter(database.jdbc()),
                new CaptureJobs(new TestJobs(database, clock).jobs()),
                trust,
                database.transactions(),
                audit,
                IngestSettings.defaults(),
                TestRetention.retentions(database, clock),
                clock,
                Step.Watch.NONE,
                metrics);
    }

    /** What a process with these connections sends with. */
    public Uploads uploads(JdbcClient jdbc, TransactionTemplate transactions) {
        return new Uploads(
                new UploadTable(jdbc),
                folders,
                new EvidenceCatalogue(jdbc),
                transactions,
                new AuditLog(jdbc, clock),
                IngestSettings.defaults(),
                clock,
                Step.Watch.NONE,
                metrics);
    }

    /** Works on everything that is due, as the server's threads do. */
    public void work() {
        for (int round = 0; round < 10; round++) {
            List<UUID> due = ingest.due();
            if (due.isEmpty()) {
                return;
            }
            due.forEach(id -> {
                var unused = ingest.process(id);
            });
        }
    }
}
