package org.tiezheng.archive.filing;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.context.MessageSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.ArchivalCodes;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.Confirmations;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.EvidenceFiles;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.filing.aip.AipOverview;
import org.tiezheng.archive.filing.check.CheckReport;
import org.tiezheng.archive.filing.check.CheckRuns;
import org.tiezheng.archive.filing.check.Clamd;
import org.tiezheng.archive.filing.check.Ffprobe;
import org.tiezheng.archive.filing.check.FourPropertyCheck;
import org.tiezheng.archive.ingest.Uploads;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.pdf.Fonts;
import org.tiezheng.archive.retention.ClassChanges;
import org.tiezheng.archive.retention.RetentionClasses;
import org.tiezheng.archive.retention.Retentions;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.stores.KeptObjects;

/** The services of this package. */
@Configuration(proxyBeanMethods = false)
class FilingConfiguration {
    @Bean
    FondsRegister fondsRegister(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new FondsRegister(jdbc, transactions, audit, clock);
    }

    @Bean
    FiledRegister filedRegister(JdbcClient jdbc) {
        return new FiledRegister(jdbc);
    }

    @Bean
    FilingFigures filingFigures(JdbcClient jdbc) {
        return new FilingFigures(jdbc);
    }

    @Bean
    Filing filing(
            JdbcClient jdbc,
            EvidenceCatalogue catalogue,
            ArchivalCodes codes,
            FondsRegister fonds,
            FiledRegister register,
            Retentions retentions,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock) {
        return new Filing(jdbc, catalogue, codes, fonds, register, retention(retentions), transactions, audit, clock);
    }

    /** What holds for evidence now; for ever where nothing was decided yet, since a period is never made shorter by filing. */
    static Function<UUID, RetentionPeriod> retention(Retentions retentions) {
        return id -> retentions
                .of(id)
                .map(of -> new RetentionPeriod(of.classId(), of.years()))
                .orElse(new RetentionPeriod("PERMANENT", null));
    }

    @Bean
    FilingTasks filingTasks(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new FilingTasks(jdbc, transactions, audit, clock);
    }

    @Bean
    CheckRuns checkRuns(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new CheckRuns(jdbc, transactions, audit, clock);
    }

    @Bean
    CheckReport checkReport(MessageSource texts) {
        return new CheckReport(texts);
    }

    @Bean
    FourPropertyCheck fourPropertyCheck(
            EvidenceCatalogue catalogue,
            EvidenceFiles files,
            Trust trust,
            Confirmations confirmations,
            CaseLinks links,
            AuditLog audit,
            JdbcClient jdbc,
            CheckRuns runs,
            FilingSettings settings,
            Clock clock) {
        String clamd = settings.clamd();
        return new FourPropertyCheck(
                catalogue,
                files,
                trust,
                confirmations,
                links,
                audit,
                jdbc,
                runs,
                new Ffprobe(settings.ffprobe(), settings.ffprobeTimeout()),
                clamd == null || clamd.isBlank() ? null : Clamd.at(clamd, settings.clamdTimeout()),
                settings.unscanned() == FilingSettings.Unscanned.BLOCK,
                clock);
    }

    @Bean
    FilingDesk filingDesk(
            Filing filing,
            FiledRegister register,
            FondsRegister fonds,
            FilingTasks tasks,
            EvidenceCatalogue catalogue,
            FourPropertyCheck check,
            CheckRuns runs,
            CheckReport reports,
            KeptObjects kept,
            LogQueue log,
            FilingSettings settings,
            Clock clock) {
        return new FilingDesk(
                filing,
                register,
                fonds,
                tasks,
                catalogue,
                check,
                runs,
                reports,
                kept,
                log,
                settings.maxPackages(),
                clock);
    }

    @Bean
    FilingRunner filingRunner(
            FilingTasks tasks,
            Filing filing,
            FiledRegister register,
            FilingDesk desk,
            EvidenceCatalogue catalogue,
            ExportWork exportWork,
            ImportWork importWork,
            ArchiveFolder folder,
            FilingSettings settings,
            Clock clock)
            throws IOException {
        return new FilingRunner(
                tasks,
                List.of(
                        new FileWork(FilingTask.Kind.FILE, tasks, filing, register, desk, catalogue),
                        new FileWork(FilingTask.Kind.CHECK, tasks, filing, register, desk, catalogue),
                        exportWork,
                        importWork),
                folder.nodeId(),
                settings.workers(),
                settings.lease(),
                clock);
    }

    @Bean
    ExportDesk exportDesk(
            FilingTasks tasks,
            FiledRegister register,
            EvidenceCatalogue catalogue,
            EvidenceExport export,
            JdbcClient jdbc,
            ArchiveFolder folder,
            FilingSettings settings)
            throws IOException {
        return new ExportDesk(
                tasks,
                register,
                catalogue,
                export,
                jdbc,
                settings.exportFolder(),
                folder.nodeId(),
                settings.maxPackages());
    }

    @Bean
    ExportWork exportWork(
            FilingTasks tasks,
            FiledRegister register,
            FondsRegister fonds,
            FilingDesk desk,
            EvidenceCatalogue catalogue,
            EvidenceExport export,
            Confirmations confirmations,
            AuditLog audit,
            Retentions retentions,
            MessageSource texts,
            FilingSettings settings,
            Clock clock) {
        return new ExportWork(
                tasks,
                register,
                fonds,
                desk,
                catalogue,
                export,
                confirmations,
                audit,
                retention(retentions),
                new AipOverview(texts, Fonts.bundled()),
                settings.exportFolder(),
                software(),
                clock);
    }

    private static String software() {
        String version = FilingConfiguration.class.getPackage().getImplementationVersion();
        return "Tiezheng " + (version == null ? "development" : version);
    }

    @Bean
    ImportDesk importDesk(FilingTasks tasks, ArchiveFolder folder, FilingSettings settings) throws IOException {
        ImportDesk desk = new ImportDesk(
                tasks,
                folder.folder("filing"),
                folder.nodeId(),
                settings.maxImport().toBytes());
        desk.clean();
        return desk;
    }

    @Bean
    ImportWork importWork(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            FilingTasks tasks,
            FiledRegister register,
            FondsRegister fonds,
            Filing filing,
            EvidenceCatalogue catalogue,
            ArchivalCodes codes,
            Uploads uploads,
            RetentionClasses retentionClasses,
            Retentions retentions,
            ClassChanges changes,
            AuditLog audit,
            ArchiveFolder folder,
            FilingSettings settings,
            Clock clock)
            throws IOException {
        Received received = new Received(
                jdbc,
                transactions,
                catalogue,
                codes,
                fonds,
                register,
                filing,
                new KnownClasses(retentionClasses, retentions, changes, clock),
                audit,
                clock);
        return new ImportWork(
                tasks,
                register,
                received,
                catalogue,
                uploads,
                folder.folder("filing"),
                settings.maxImport().toBytes());
    }
}
