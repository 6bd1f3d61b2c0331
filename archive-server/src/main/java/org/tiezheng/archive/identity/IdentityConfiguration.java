package org.tiezheng.archive.identity;

import java.io.IOException;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.SharedSecrets;

/** The services of this package. */
@Configuration(proxyBeanMethods = false)
class IdentityConfiguration {
    @Bean
    Passwords passwords() {
        return new Passwords();
    }

    @Bean
    Accounts accounts(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            Passwords passwords,
            IdentitySettings settings) {
        return new Accounts(jdbc, transactions, audit, clock, passwords, settings);
    }

    @Bean
    Officers officers(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new Officers(jdbc, transactions, audit, clock);
    }

    @Bean
    SecondFactors secondFactors(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            SharedSecrets secrets,
            Accounts accounts)
            throws IOException {
        return new SecondFactors(
                jdbc, transactions, audit, clock, SecretBox.of(secrets.get("second-factor")), accounts);
    }

    @Bean
    WebSessions webSessions(
            JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock, IdentitySettings settings) {
        return new WebSessions(jdbc, transactions, audit, clock, settings);
    }

    @Bean
    Identity identity(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            Passwords passwords,
            Accounts accounts,
            Officers officers,
            SecondFactors secondFactors,
            WebSessions sessions,
            IdentitySettings settings) {
        return new Identity(
                jdbc, transactions, audit, clock, passwords, accounts, officers, secondFactors, sessions, settings);
    }

    @Bean
    ApiTokens apiTokens(
            JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock, IdentitySettings settings) {
        return new ApiTokens(jdbc, transactions, audit, clock, settings);
    }
}
