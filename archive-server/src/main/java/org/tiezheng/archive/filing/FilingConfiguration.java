package org.tiezheng.archive.filing;

import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;

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
}
