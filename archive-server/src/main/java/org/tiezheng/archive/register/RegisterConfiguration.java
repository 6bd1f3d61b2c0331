package org.tiezheng.archive.register;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import java.io.IOException;
import java.time.Clock;
import java.time.ZoneId;
import javax.sql.DataSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.log.TransparencyLog;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.stores.KeptObjects;

/** Registers, written in {@code <data>/archive/registers}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RegisterSettings.class)
class RegisterConfiguration {
    @Bean
    Registers registers(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new Registers(jdbc, transactions, audit, clock);
    }

    @Bean
    RegisterMaker registerMaker(
            DataSource database,
            TransactionTemplate transactions,
            Registers registers,
            KeptObjects kept,
            LogQueue log,
            AuditLog audit,
            RegisterSettings settings,
            TransparencyLog transparency,
            ArchiveFolder folder,
            Clock clock)
            throws IOException {
        return new RegisterMaker(
                new RegisterMaker.Office(database, transactions, registers, kept, log, audit),
                settings,
                transparency.key().name(),
                folder.folder("registers"),
                clock);
    }

    @Bean
    RegisterRunner registerRunner(Registers registers, RegisterMaker maker, RegisterSettings settings) {
        return new RegisterRunner(registers, maker, settings.every());
    }

    /** Every day, on one of the servers. */
    @Bean
    RecurringTask<Void> registerTask(Registers registers, RegisterSettings settings) {
        return Tasks.recurring("register", Schedules.daily(ZoneId.of("Asia/Shanghai"), settings.at()))
                .execute((instance, context) -> {
                    if (settings.daily()) {
                        registers.daily();
                    }
                });
    }
}
