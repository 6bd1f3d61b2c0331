package org.tiezheng.archive.retention;

import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;

/** The services of this package. */
@Configuration(proxyBeanMethods = false)
class RetentionConfiguration {
    @Bean
    RetentionClasses retentionClasses(JdbcClient jdbc, Clock clock) {
        return new RetentionClasses(jdbc, clock);
    }

    @Bean
    RetentionRules retentionRules(JdbcClient jdbc, RetentionClasses classes, RetentionSettings settings, Clock clock) {
        return new RetentionRules(jdbc, classes, settings, clock);
    }

    @Bean
    Retentions retentions(
            JdbcClient jdbc, TransactionTemplate transactions, RetentionRules rules, AuditLog audit, Clock clock) {
        return new Retentions(jdbc, transactions, rules, audit, clock);
    }

    @Bean
    Holds holds(JdbcClient jdbc) {
        return new Holds(jdbc);
    }
}
