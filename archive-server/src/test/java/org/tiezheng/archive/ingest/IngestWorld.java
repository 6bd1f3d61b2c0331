package org.tiezheng.archive.ingest;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.catalogue.CatalogueWriter;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.jobs.TestJobs;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.retention.TestRetention;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.StoredObject;

/** Ingest with everything real: PostgreSQL, folder store, jobs, verifier. A "start" makes all services anew. */
final class IngestWorld implements AutoCloseable {
    static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    static final Actor AGENT = new Actor("agent-token", "agent a", "NONE", null, "127.0.0.1", "s1");
    static final Actor PERSON = new Actor("officer-1", "执法人员甲", "INSPECTOR", "3601-001", "127.0.0.1", "s2");

    final TestDatabase database = TestDatabase.create();
    final TickingClock clock = new TickingClock(SEALED.plusSeconds(3600));
    final Path folder;
    final TestPackages packages;
    final FolderStore store;
    final TestJobs jobs;
    final EvidenceCatalogue catalogue;
    final EvidenceExport export;
    final AuditLog audit;
    Path trusted;
    Uploads uploads;
    Ingest ingest;
    Kept kept;
    StrayObjects strays;
    /** Of the last start. */
    SimpleMeterRegistry registry = new SimpleMeterRegistry();

    IngestWorld(Path folder) throws IOException {
        this.folder = folder;
        this.packages = new TestPackages(folder.resolve("packages"), SEALED);
        this.store = FolderStore.create("primary", folder.resolve("objects"), clock);
        this.jobs = new TestJobs(database, clock);
        this.catalogue = new EvidenceCatalogue(database.jdbc());
        this.export = new EvidenceExport(catalogue, store);
        this.audit = new AuditLog(database.jdbc(), clock);
        this.trusted = folder.resolve("root.pem");
        packages.writeRoot(trusted);
        start(Step.Watch.NONE, store, IngestSettings.defaults());
    }

    void start() throws IOException {
        start(Step.Watch.NONE, store, IngestSettings.defaults());
    }

    void start(Step.Watch watch) throws IOException {
        start(watch, store, IngestSettings.defaults());
    }

    void start(Step.Watch watch, ObjectStore store, IngestSettings settings) throws IOException {
        IngestFolders folders = new IngestFolders(ArchiveFolder.open(folder.resolve("data")), Runnable::run);
        UploadTable table = new UploadTable(database.jdbc());
        registry = new SimpleMeterRegistry();
        IngestMetrics metrics = new IngestMetrics(registry, table, clock);
        CaptureJobs captureJobs = new CaptureJobs(jobs.jobs());
        uploads =
                new Uploads(table, folders, catalogue, database.transactions(), audit, settings, clock, watch, metrics);
        ingest = new Ingest(
                table,
                uploads,
                folders,
                new PackageObjects(store, PackageObjects.Gate.OPEN),
                catalogue,
                new CatalogueWriter(database.jdbc()),
                captureJobs,
                new Trust(List.of(), trusted),
                database.transactions(),
                audit,
                settings,
                TestRetention.retentions(database, clock),
                clock,
                watch,
                metrics);
        kept = new Kept(
                table,
                folders,
                captureJobs,
                database.transactions(),
                audit,
                new LogQueue(database.jdbc(), clock),
                clock);
        strays = new StrayObjects(database.jdbc(), store);
        Ingest.Recovery unused = ingest.recover();
    }

    static IngestSettings with(IngestSettings.Indeterminate indeterminate) {
        IngestSettings d = IngestSettings.defaults();
        return new IngestSettings(
                d.trustAnchors(),
                indeterminate,
                d.checkSm3(),
                d.deep(),
                d.retention(),
                d.retentionMode(),
                d.maxPackage(),
                d.maxOpenUploads(),
                d.keepFree(),
                d.idleUploads(),
                d.workers(),
                d.retryFirst(),
                d.retryMost());
    }

    /** Works on everything that is due, as the server's threads do. */
    void work() {
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

    /** Announces, sends all bytes, completes. */
    UUID send(Path file, @Nullable Long job, @Nullable Long epoch, Actor by) throws IOException {
        Upload upload = begin(file, job, epoch, by);
        long unused =
                uploads.append(upload.id(), upload.offset(), new ByteArrayInputStream(Files.readAllBytes(file)), by);
        Upload ignored = uploads.complete(upload.id(), by);
        return upload.id();
    }

    Upload begin(Path file, @Nullable Long job, @Nullable Long epoch, Actor by) throws IOException {
        Uploads.Begun begun = uploads.begin(
                job, epoch, "a.asice", Files.size(file), TestPackages.sha256(file), UploadContext.NONE, by);
        Upload upload = begun.upload();
        if (upload == null) {
            throw new IllegalStateException("archived already: " + begun.evidenceId());
        }
        return upload;
    }

    Upload upload(UUID id) {
        return new UploadTable(database.jdbc()).find(id).orElseThrow();
    }

    long count(String sql) {
        return database.jdbc().sql(sql).query(Long.class).single();
    }

    List<String> strayKeys() throws IOException {
        List<String> keys = new ArrayList<>();
        long unused = strays.find(object -> keys.add(object.version().key()));
        return keys;
    }

    /** Every version in the store, key to how many versions. */
    Map<String, Integer> versions() throws IOException {
        Map<String, Integer> versions = new java.util.TreeMap<>();
        store.list("", (StoredObject object) -> versions.merge(object.version().key(), 1, Integer::sum));
        return versions;
    }

    List<String> actions(String type, Object id) {
        return audit.ofObject(type, String.valueOf(id)).stream()
                .map(entry -> entry.event().action())
                .toList();
    }

    boolean isChainIntact() {
        try {
            return new ChainVerifier(database.dataSource()).verify(List.of()).isIntact();
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Override
    public void close() throws IOException {
        store.close();
    }

    /** A clock that a test moves. */
    static final class TickingClock extends Clock {
        private volatile Instant now;

        TickingClock(Instant now) {
            this.now = now;
        }

        void forward(java.time.Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
