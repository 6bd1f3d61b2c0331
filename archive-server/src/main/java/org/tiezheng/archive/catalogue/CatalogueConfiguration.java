package org.tiezheng.archive.catalogue;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
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
    EvidenceExport evidenceExport(EvidenceCatalogue catalogue, ObjectStore store) {
        return new EvidenceExport(catalogue, store);
    }
}
