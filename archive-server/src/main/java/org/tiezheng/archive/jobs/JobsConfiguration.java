package org.tiezheng.archive.jobs;

import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;

/** The services of this package. */
@Configuration(proxyBeanMethods = false)
class JobsConfiguration {
    @Bean
    JobTable jobTable(JdbcTemplate template) {
        return new JobTable(template);
    }

    @Bean
    Jobs jobs(
            JdbcClient db,
            JobTable table,
            TransactionTemplate transactions,
            AuditLog audit,
            JobSettings settings,
            Clock clock) {
        Backoff backoff = new Backoff(settings.backoffFirst(), settings.backoffMost(), new SecureRandom());
        return new Jobs(db, table, transactions, audit, backoff, settings, clock);
    }

    @Bean
    Leases leases(
            JdbcTemplate template,
            JobTable table,
            TransactionTemplate transactions,
            AuditLog audit,
            JobSettings settings,
            Clock clock) {
        return new Leases(template, table, transactions, audit, settings, clock);
    }
}
