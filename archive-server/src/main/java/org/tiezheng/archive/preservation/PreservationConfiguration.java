package org.tiezheng.archive.preservation;

import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainChecks;
import org.tiezheng.archive.filing.FilingFigures;
import org.tiezheng.archive.fixity.FixityFigures;
import org.tiezheng.archive.log.LogFigures;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.archive.preservation.report.Findings;
import org.tiezheng.archive.preservation.report.Reports;
import org.tiezheng.archive.records.RecordFigures;
import org.tiezheng.archive.records.RecordSettings;
import org.tiezheng.archive.retention.RetentionFigures;
import org.tiezheng.archive.stores.StoreGate;
import org.tiezheng.archive.stores.StoreSettings;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.archive.stores.WormTests;
import org.tiezheng.archive.web.Cursor;

/** The board. */
@Configuration(proxyBeanMethods = false)
class PreservationConfiguration {
    @Bean
    StampAuthorities stampAuthorities(JdbcClient jdbc, StampingAuthorities configured) {
        return new StampAuthorities(jdbc, configured);
    }

    @Bean
    BoardRows boardRows(JdbcClient jdbc, Cursor cursors, RecordSettings records, Clock clock) {
        return new BoardRows(jdbc, cursors, records.renewBefore(), clock);
    }

    @Bean
    Board preservationBoard(
            JdbcClient jdbc,
            LogFigures log,
            AuditLog audit,
            ChainChecks checks,
            Stores stores,
            StoreGate gate,
            StoreSettings storeSettings,
            WormTests tests,
            StampAuthorities authorities,
            FixityFigures fixity,
            RecordFigures records,
            RetentionFigures retention,
            FilingFigures filing,
            Reports reports,
            Findings findings,
            Clock clock) {
        Board.Sources sources = new Board.Sources(
                jdbc,
                log,
                audit,
                checks,
                stores,
                gate,
                storeSettings,
                tests,
                authorities,
                fixity,
                records,
                retention,
                filing,
                reports,
                findings);
        return new Board(sources, clock);
    }
}
