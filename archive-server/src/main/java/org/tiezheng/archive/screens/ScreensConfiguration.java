package org.tiezheng.archive.screens;

import java.io.IOException;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceFiles;
import org.tiezheng.archive.settings.ArchiveFolder;

/** Services of home and of the evidence list. */
@Configuration
class ScreensConfiguration {
    @Bean
    SavedSearches savedSearches(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new SavedSearches(jdbc, transactions, audit, clock);
    }

    @Bean
    Thumbnails thumbnails(EvidenceFiles files, ArchiveFolder folder) throws IOException {
        return new Thumbnails(files, folder.folder("thumbnails"));
    }

    @Bean
    AwaitingConfirmation awaitingConfirmation(JdbcClient jdbc, EvidenceCatalogue catalogue) {
        return new AwaitingConfirmation(jdbc, catalogue);
    }
}
