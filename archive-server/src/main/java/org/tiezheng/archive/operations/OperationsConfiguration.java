package org.tiezheng.archive.operations;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainChecks;
import org.tiezheng.archive.audit.HeadNotes;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.security.ChainOrder;
import org.tiezheng.archive.settings.ArchiveFolder;

/** Health checks, open to load balancers without signing in; figures. */
@Configuration(proxyBeanMethods = false)
class OperationsConfiguration {
    @Bean
    @Order(ChainOrder.HEALTH)
    SecurityFilterChain healthSecurity(HttpSecurity http) {
        return http.securityMatcher("/health", "/health/ready")
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(csrf -> csrf.disable())
                .build();
    }

    /**
     * Figures for a monitoring system, which has an API token of scope {@code admin} and no browser. Not for sessions: a page
     * of another site could not read them, but need not even ask.
     */
    @Bean
    @Order(ChainOrder.HEALTH + 1)
    SecurityFilterChain figuresSecurity(HttpSecurity http, OpaqueTokenIntrospector tokens) {
        return http.securityMatcher("/actuator/**")
                .authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority(Scope.ADMIN.authority()))
                .oauth2ResourceServer(server -> server.opaqueToken(opaque -> opaque.introspector(tokens)))
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(csrf -> csrf.disable())
                .build();
    }

    @Bean
    HealthPart databaseHealth(JdbcClient jdbc) {
        return new DatabaseHealth(jdbc);
    }

    @Bean
    HealthPart diskHealth(ArchiveFolder folder, OperationsSettings settings) {
        return new DiskHealth(folder.root(), settings);
    }

    @Bean
    HealthWatch healthWatch(List<HealthPart> parts, Clock clock) {
        return new HealthWatch(parts, clock);
    }

    @Bean
    HeadKeeper headKeeper(AuditLog audit, TransactionTemplate transactions, ArchiveFolder folder, Clock clock) {
        return new HeadKeeper(audit, transactions, new HeadNotes(folder.root()), clock);
    }

    @Bean
    HealthMetrics healthMetrics(HealthWatch watch, List<HealthPart> parts, AuditLog audit) {
        return new HealthMetrics(watch, parts, audit);
    }

    @Bean
    AuditAnchors auditAnchors(
            JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, StampingAuthorities authorities) {
        return new AuditAnchors(jdbc, transactions, audit, authorities.list());
    }

    /** @throws IOException if the name of this server cannot be read */
    @Bean
    ChainChecks chainChecks(
            DataSource database, TransactionTemplate transactions, AuditLog audit, ArchiveFolder folder, Clock clock)
            throws IOException {
        return new ChainChecks(
                database,
                transactions,
                audit,
                new HeadNotes(folder.root()),
                () -> AuditAnchors.all(database).stream()
                        .map(anchor -> new ChainChecks.StampedHead(anchor.head(), anchor.isOverHead()))
                        .toList(),
                folder.nodeId(),
                clock);
    }

    @Bean
    HealthPart chainHealth(ChainChecks checks, Clock clock) {
        return new ChainHealth(checks, clock);
    }

    /** The rows that are new, every hour, on one of the servers; the first time when the first server starts. */
    @Bean
    RecurringTask<Void> auditCheckTask(ChainChecks checks) {
        return Tasks.recurring("audit-check", Schedules.fixedDelay(ChainHealth.EVERY))
                .execute((instance, context) -> checks.newRows());
    }

    /** All rows, every day at half past two in the morning in Beijing, on one of the servers. */
    @Bean
    RecurringTask<Void> auditCheckAllTask(ChainChecks checks) {
        return Tasks.recurring("audit-check-all", Schedules.daily(ZoneId.of("Asia/Shanghai"), LocalTime.of(2, 30)))
                .execute((instance, context) -> checks.full(ChainChecks.SCHEDULE));
    }

    /** Every day at four in the morning in Beijing, on one of the servers; after a failure every ten minutes. */
    @Bean
    RecurringTask<Void> auditAnchorTask(AuditAnchors anchors) {
        return Tasks.recurring("audit-anchor", Schedules.daily(ZoneId.of("Asia/Shanghai"), LocalTime.of(4, 0)))
                .onFailure((complete, operations) ->
                        operations.reschedule(complete, complete.getTimeDone().plus(Duration.ofMinutes(10))))
                .execute((instance, context) -> {
                    try {
                        var unused = anchors.stamp();
                    } catch (IOException later) {
                        throw new UncheckedIOException(later);
                    }
                });
    }
}
