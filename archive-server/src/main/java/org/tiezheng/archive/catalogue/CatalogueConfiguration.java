package org.tiezheng.archive.catalogue;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.storage.ObjectStore;

/** The catalogue. */
@Configuration(proxyBeanMethods = false)
class CatalogueConfiguration {
    @Bean
    EvidenceCatalogue evidenceCatalogue(JdbcClient jdbc) {
        return new EvidenceCatalogue(jdbc);
    }

    @Bean
    CatalogueWriter catalogueWriter(JdbcClient jdbc) {
        return new CatalogueWriter(jdbc);
    }

    @Bean
    EvidenceFiles evidenceFiles(EvidenceCatalogue catalogue, ObjectStore store) {
        return new EvidenceFiles(catalogue, store);
    }

    @Bean
    EvidenceExport evidenceExport(
            EvidenceCatalogue catalogue,
            ObjectStore store,
            ObjectProvider<ProofSource> proofs,
            ObjectProvider<GoodCopies> copies) {
        // Asked for at each export: those who make proofs or check copies may themselves need the catalogue.
        return new EvidenceExport(
                catalogue,
                store,
                () -> proofs.orderedStream().toList(),
                () -> copies.orderedStream().toList());
    }

    @Bean
    EvidenceAccess evidenceAccess(
            EvidenceCatalogue catalogue, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new EvidenceAccess(catalogue, transactions, audit, clock);
    }

    @Bean
    ArchivalCodes archivalCodes(JdbcClient jdbc, EvidenceCatalogue catalogue) {
        return new ArchivalCodes(jdbc, catalogue);
    }

    @Bean
    CaseLinks caseLinks(
            JdbcClient jdbc,
            EvidenceCatalogue catalogue,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            List<LinkListener> listeners) {
        return new CaseLinks(jdbc, catalogue, transactions, audit, clock, listeners);
    }

    @Bean
    Confirmations confirmations(
            JdbcClient jdbc,
            EvidenceCatalogue catalogue,
            Officers officers,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock) {
        return new Confirmations(jdbc, catalogue, officers, transactions, audit, clock);
    }

    @Bean
    VerifyNow verifyNow(
            EvidenceCatalogue catalogue,
            EvidenceExport export,
            Trust trust,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            ArchiveFolder folder)
            throws IOException {
        VerifyNow verifications =
                new VerifyNow(catalogue, export, trust, jdbc, transactions, audit, clock, folder.nodeId());
        verifications.recover();
        return verifications;
    }
}
