package org.tiezheng.archive.stores;

import java.io.IOException;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.operations.HealthPart;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.Retention;

/** The services of this package. */
@Configuration(proxyBeanMethods = false)
class StoresConfiguration {
    @Bean
    Stores stores(StoreSettings settings, ArchiveFolder folder, JdbcClient db, Clock clock) throws IOException {
        return Stores.open(
                settings, folder.root(), new StoreRegister(db, clock), new CustodianVersions(db, clock), clock);
    }

    /** Where evidence goes; whoever puts asks {@link StoreGate} first. Closed with {@link Stores}. */
    @Bean(destroyMethod = "")
    ObjectStore objectStore(Stores stores) {
        return stores.active();
    }

    @Bean
    WormTests wormTests(JdbcClient db, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new WormTests(db, transactions, audit, clock);
    }

    @Bean
    StoreGate storeGate(
            Stores stores,
            WormTests tests,
            JdbcClient db,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock) {
        return new StoreGate(stores, tests, db, transactions, audit, clock);
    }

    /** Locks as firmly as ingest does: a trial archive in GOVERNANCE mode stays one that can be cleared away. */
    @Bean
    KeptObjects keptObjects(
            JdbcClient db,
            ObjectStore store,
            StoreGate gate,
            @Value("${tiezheng.ingest.retention-mode:COMPLIANCE}") Retention.Mode mode,
            Clock clock) {
        return new KeptObjects(db, store, gate::requireOpen, mode, clock);
    }

    @Bean
    CustodianAlarm custodianAlarm(
            AuditLog audit, TransactionTemplate transactions, StoreSettings settings, Clock clock, ArchiveFolder folder)
            throws IOException {
        return new CustodianAlarm(audit, transactions, settings.custodian().alarmAfter(), clock, folder.nodeId());
    }

    @Bean
    StoreWatch storeWatch(
            Stores stores, WormTests tests, StoreGate gate, StoreSettings settings, CustodianAlarm alarm) {
        return new StoreWatch(stores, tests, gate, settings, alarm);
    }

    @Bean
    StoreOffice storeOffice(
            Stores stores, StoreGate gate, WormTests tests, StoreWatch watch, StoreSettings settings, Clock clock) {
        return new StoreOffice(stores, gate, tests, watch, settings, clock);
    }

    @Bean
    HealthPart storeHealth(Stores stores, StoreGate gate, StoreSettings settings, Clock clock) {
        return new StoreHealth(stores, gate, clock, settings.selfTestEvery());
    }

    @Bean
    HealthPart custodianHealth(Stores stores, StoreSettings settings, Clock clock) {
        return new CustodianHealth(stores, settings.custodian().alarmAfter(), clock);
    }
}
