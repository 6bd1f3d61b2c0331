package org.tiezheng.archive.jobs;

import java.security.SecureRandom;
import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.web.sse.EventStreams;
import org.tiezheng.capture.relay.AllowedTarget;
import org.tiezheng.capture.relay.EgressPolicy;

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

    @Bean
    TwoOfficers twoOfficers(Officers officers, Clock clock) {
        return new TwoOfficers(new IdentityOfficers(officers), clock);
    }

    @Bean
    Submissions submissions(
            JdbcClient db,
            JobTable table,
            TransactionTemplate transactions,
            AuditLog audit,
            TwoOfficers officers,
            JobSettings settings,
            Clock clock) {
        EgressPolicy egress = EgressPolicy.ofThisMachine(
                settings.allowHosts().stream().map(AllowedTarget::parse).toList());
        return new Submissions(db, table, transactions, audit, officers, egress, settings, clock);
    }

    @Bean
    Schedules schedules(
            JdbcClient db,
            TransactionTemplate transactions,
            AuditLog audit,
            TwoOfficers officers,
            Submissions submissions,
            Clock clock) {
        return new Schedules(db, transactions, audit, officers, submissions, clock);
    }

    @Bean
    JobQueries jobQueries(JdbcClient db) {
        return new JobQueries(db);
    }

    @Bean
    BatchActions batchActions(Jobs jobs, JobQueries queries) {
        return new BatchActions(jobs, queries);
    }

    @Bean
    AgentAdministration agentAdministration(
            JdbcClient db, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new AgentAdministration(db, transactions, audit, clock);
    }

    @Bean(destroyMethod = "close")
    LeaseDesk leaseDesk(Leases leases) {
        return new LeaseDesk(leases);
    }

    @Bean(destroyMethod = "close")
    JobLive jobLive(EventStreams streams, Jobs jobs, JobQueries queries) {
        return new JobLive(streams, jobs, queries);
    }

    @Bean
    JobNotices jobNotices(DataSource source, LeaseDesk desk, JobLive live) {
        JobNotices notices = new JobNotices(source);
        notices.add(desk);
        notices.add(live);
        return notices;
    }

    @Bean
    JobHousekeeping jobHousekeeping(Jobs jobs, Schedules schedules, Submissions submissions, JobSettings settings) {
        return new JobHousekeeping(jobs, schedules, submissions, settings);
    }

    @Bean
    AgentsHealth agentsHealth(JobQueries queries, Clock clock) {
        return new AgentsHealth(queries, clock);
    }
}
