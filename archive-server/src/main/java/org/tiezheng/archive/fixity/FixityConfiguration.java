package org.tiezheng.archive.fixity;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.GoodCopies;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.operations.HealthPart;
import org.tiezheng.archive.stores.Stores;

/** The services of this package. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(FixitySettings.class)
class FixityConfiguration {
    @Bean
    CheckedStores checkedStores(Stores stores, JdbcClient jdbc, TransactionTemplate transactions, Clock clock) {
        return new CheckedStores(stores.parts().stream().map(Stores.Part::store).toList(), jdbc, transactions, clock);
    }

    @Bean
    FixityMeters fixityMeters() {
        return new FixityMeters();
    }

    @Bean
    FixityFigures fixityFigures(JdbcClient jdbc, Clock clock) {
        return new FixityFigures(jdbc, clock);
    }

    @Bean
    Fixity fixity(
            CheckedStores stores,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            LogQueue log,
            EvidenceCatalogue catalogue,
            FixitySettings settings,
            FixityMeters meters,
            Clock clock) {
        return new Fixity(
                stores, jdbc, transactions, audit, log, catalogue, settings, meters, clock, node(), step -> {});
    }

    @Bean
    FixityWorkers fixityWorkers(Fixity fixity, FixitySettings settings) {
        return fixity.workers(settings.enabled(), FixityWorkers.REST);
    }

    @Bean
    FixityOffice fixityOffice(
            Fixity fixity,
            FixityFigures figures,
            CheckedStores stores,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit) {
        return new FixityOffice(fixity, figures, stores, jdbc, transactions, audit);
    }

    @Bean
    GoodCopies goodCopies(
            CheckedStores stores, JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new CheckedCopies(stores, jdbc, transactions, audit, clock);
    }

    @Bean
    HealthPart fixityHealth(FixityFigures figures) {
        return new FixityHealth(figures);
    }

    private static String node() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "pid " + ProcessHandle.current().pid();
        }
    }
}
