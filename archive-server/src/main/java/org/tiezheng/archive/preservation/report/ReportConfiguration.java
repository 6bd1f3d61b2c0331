package org.tiezheng.archive.preservation.report;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.MessageSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.filing.FilingFigures;
import org.tiezheng.archive.fixity.FixityFigures;
import org.tiezheng.archive.log.LogFigures;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.log.TransparencyLog;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.archive.preservation.StampAuthorities;
import org.tiezheng.archive.records.RecordFigures;
import org.tiezheng.archive.retention.Holds;
import org.tiezheng.archive.retention.RetentionClasses;
import org.tiezheng.archive.retention.RetentionFigures;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.stores.StoreGate;
import org.tiezheng.archive.stores.StoreSettings;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;

/** The reports and what they read. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ReportSettings.class)
class ReportConfiguration {
    @Bean
    ReportTable reportTable(JdbcClient jdbc) {
        return new ReportTable(jdbc);
    }

    @Bean
    Reports reports(ReportTable table, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new Reports(table, transactions, audit, clock);
    }

    @Bean
    Findings auditFindings(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new Findings(jdbc, transactions, audit, clock);
    }

    @Bean
    ReportFiles reportFiles(KeptObjects kept, ArchiveFolder folder) throws IOException {
        return new ReportFiles(kept, folder.folder("reports"));
    }

    @Bean
    ReportSection scopeSection(Stores stores, StoreGate gate) {
        return new ScopeSection(stores, gate);
    }

    @Bean
    ReportSection totalsSection(JdbcClient jdbc) {
        return new TotalsSection(jdbc);
    }

    @Bean
    ReportSection fixitySection(JdbcClient jdbc, Stores stores, FixityFigures figures) {
        return new FixitySection(figures, new Sample(jdbc, stores));
    }

    @Bean
    ReportSection failuresSection(JdbcClient jdbc, FixityFigures figures) {
        return new FailuresSection(jdbc, figures);
    }

    @Bean
    ReportSection copiesSection(JdbcClient jdbc, Stores stores, StoreGate gate, StoreSettings settings) {
        return new CopiesSection(jdbc, stores, gate, settings);
    }

    @Bean
    ReportSection timestampsSection(JdbcClient jdbc, StampAuthorities authorities, RecordFigures records) {
        return new TimestampsSection(jdbc, authorities, records);
    }

    @Bean
    ReportSection formatsSection(JdbcClient jdbc) {
        return new FormatsSection(jdbc);
    }

    @Bean
    ReportSection retentionSection(JdbcClient jdbc, RetentionFigures figures, RetentionClasses classes) {
        return new RetentionSection(jdbc, figures, classes);
    }

    @Bean
    ReportSection expirySection(JdbcClient jdbc, RetentionFigures figures, Holds holds) {
        return new ExpirySection(jdbc, figures, holds);
    }

    @Bean
    ReportSection disposalSection(RetentionFigures figures) {
        return new DisposalSection(figures);
    }

    @Bean
    ReportSection transferSection(FilingFigures filing, RetentionFigures retention) {
        return new TransferSection(filing, retention);
    }

    @Bean
    ReportSection accessSection(JdbcClient jdbc) {
        return new AccessSection(jdbc);
    }

    @Bean
    ReportSection dutiesSection(JdbcClient jdbc) {
        return new DutiesSection(jdbc);
    }

    @Bean
    ReportSection chainSection(
            JdbcClient jdbc,
            DataSource database,
            ChainVerifier verifier,
            ArchiveFolder folder,
            TransparencyLog log,
            LogFigures figures) {
        return new ChainSection(jdbc, database, verifier, folder.root(), log, figures);
    }

    /**
     * Signs with the key packages of this machine are signed with.
     *
     * @throws IOException if the key cannot be read
     */
    @Bean
    ReportMaker reportMaker(
            List<ReportSection> sections,
            ReportTable table,
            Findings findings,
            KeptObjects kept,
            LogQueue log,
            AuditLog audit,
            MessageSource messages,
            PlatformTransactionManager transactions,
            StampingAuthorities authorities,
            ReportSettings settings,
            ArchiveFolder folder,
            Clock clock)
            throws IOException {
        EmbeddedAuthority own =
                EmbeddedAuthority.open(Objects.requireNonNull(folder.root().getParent()), clock);
        Sealer sealer = new Sealer(own.signer(), authorities.list(), clock);
        ReportMaker.Office office =
                new ReportMaker.Office(table, findings, kept, log, audit, sealer, messages, transactions);
        String version = ReportConfiguration.class.getPackage().getImplementationVersion();
        return new ReportMaker(
                sections, office, settings, folder.folder("reports"), clock, version == null ? "development" : version);
    }

    @Bean
    ReportRunner reportRunner(ReportTable table, ReportMaker maker, ReportSettings settings, Clock clock) {
        return new ReportRunner(table, maker, settings.every(), clock);
    }
}
