package org.tiezheng.archive.ingest;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CatalogueWriter;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.jobs.Jobs;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.retention.Retentions;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.stores.StoreGate;
import org.tiezheng.storage.ObjectStore;

/** The services of this package. */
@Configuration(proxyBeanMethods = false)
class IngestConfiguration {
    /** The embedded authority is the agent's: its folder is the data folder, beside ours. */
    @Bean
    Trust trust(
            IngestSettings settings,
            ArchiveFolder folder,
            @Value("${tiezheng.records.policy:#{null}}") @Nullable Path policy) {
        Path data = folder.root().resolveSibling("trust").resolve("root.pem");
        return new Trust(settings.trustAnchors(), data, policy);
    }

    @Bean
    UploadTable uploadTable(JdbcClient jdbc) {
        return new UploadTable(jdbc);
    }

    /** What waits in it at a stop is deleted by the next start. */
    @Bean
    IngestFolders ingestFolders(ArchiveFolder folder) throws IOException {
        return new IngestFolders(folder, Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "ingest-delete");
            thread.setDaemon(true);
            return thread;
        }));
    }

    @Bean
    IngestMetrics ingestMetrics(MeterRegistry registry, UploadTable table, Clock clock) {
        return new IngestMetrics(registry, table, clock);
    }

    @Bean
    CaptureJobs captureJobs(Jobs jobs) {
        return new CaptureJobs(jobs);
    }

    @Bean
    Uploads uploads(
            UploadTable table,
            IngestFolders folders,
            EvidenceCatalogue catalogue,
            TransactionTemplate transactions,
            AuditLog audit,
            IngestSettings settings,
            Clock clock,
            IngestMetrics metrics) {
        return new Uploads(table, folders, catalogue, transactions, audit, settings, clock, Step.Watch.NONE, metrics);
    }

    @Bean
    Ingest ingest(
            UploadTable table,
            Uploads uploads,
            IngestFolders folders,
            ObjectStore store,
            StoreGate gate,
            EvidenceCatalogue catalogue,
            CatalogueWriter writer,
            CaptureJobs jobs,
            Trust trust,
            TransactionTemplate transactions,
            AuditLog audit,
            IngestSettings settings,
            Retentions retentions,
            Clock clock,
            IngestMetrics metrics)
            throws IOException {
        Ingest ingest = new Ingest(
                table,
                uploads,
                folders,
                new PackageObjects(store, gate::requireOpen),
                catalogue,
                writer,
                jobs,
                trust,
                transactions,
                audit,
                settings,
                retentions,
                clock,
                Step.Watch.NONE,
                metrics);
        Ingest.Recovery unused = ingest.recover();
        return ingest;
    }

    @Bean(initMethod = "start")
    IngestWorkers ingestWorkers(Ingest ingest, IngestSettings settings) {
        return new IngestWorkers(ingest, settings.workers());
    }

    @Bean
    Kept kept(
            UploadTable table,
            IngestFolders folders,
            CaptureJobs jobs,
            TransactionTemplate transactions,
            AuditLog audit,
            LogQueue log,
            Clock clock) {
        return new Kept(table, folders, jobs, transactions, audit, log, clock);
    }

    @Bean
    StrayObjects strayObjects(JdbcClient jdbc, ObjectStore store) {
        return new StrayObjects(jdbc, store);
    }

    @Bean
    StrayCheck strayCheck(StrayObjects strays, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new StrayCheck(strays, transactions, audit, clock);
    }
}
