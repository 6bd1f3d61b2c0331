package org.tiezheng.archive.records;

import java.io.IOException;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceAccess;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.operations.HealthPart;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.storage.ObjectStore;

/** The services of this package. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RecordSettings.class)
class RecordConfiguration {
    @Bean
    RecordTable recordTable(JdbcClient jdbc) {
        return new RecordTable(jdbc);
    }

    @Bean
    RecordObjects recordObjects(RecordTable table, KeptObjects kept) {
        return new RecordObjects(table, kept);
    }

    /** @throws IOException if the policy file cannot be read or is malformed */
    @Bean
    PolicyFile policyFile(RecordSettings settings) throws IOException {
        return new PolicyFile(settings.policy());
    }

    @Bean
    RecordBatches recordBatches(
            RecordTable table,
            TransactionTemplate transactions,
            KeptObjects kept,
            StampingAuthorities authorities,
            EvidenceCatalogue catalogue,
            ObjectStore store,
            Trust trust,
            PolicyFile policy,
            RecordObjects objects,
            AuditLog audit,
            LogQueue leaves,
            RecordSettings settings,
            Clock clock) {
        return new RecordBatches(
                table,
                transactions,
                kept,
                new Stamper(authorities, clock),
                new Rereader(table, catalogue, store, trust),
                policy,
                objects,
                audit,
                leaves,
                settings,
                clock,
                RecordBatches.Steps.NONE);
    }

    @Bean
    RecordRunner recordRunner(RecordBatches batches) {
        return new RecordRunner(batches);
    }

    @Bean
    RecordProofs recordProofs(RecordTable table, RecordObjects objects, EvidenceCatalogue catalogue) {
        return new RecordProofs(
                table,
                objects,
                id -> catalogue.objects(id).stream().map(EvidenceObject::member).toList());
    }

    @Bean
    RecordFigures recordFigures(JdbcClient jdbc, RecordSettings settings, Clock clock) {
        return new RecordFigures(jdbc, settings, clock);
    }

    @Bean
    HealthPart recordHealth(RecordFigures figures) {
        return new RecordHealth(figures);
    }

    @Bean
    RecordOffice recordOffice(
            RecordTable table,
            RecordBatches batches,
            RecordObjects objects,
            RecordProofs proofs,
            RecordFigures figures,
            EvidenceAccess access,
            Cursor cursors) {
        return new RecordOffice(table, batches, objects, proofs, figures, access, cursors);
    }
}
