package org.tiezheng.archive.log;

import java.io.IOException;
import java.time.Clock;
import java.util.Base64;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.identity.security.ChainOrder;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.SignatureType;

/** The transparency log, its files in {@code <data>/archive/log}, its key in {@code secrets/log-key}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(LogSettings.class)
class LogConfiguration {
    @Bean
    TransparencyLog transparencyLog(
            JdbcClient jdbc, TransactionTemplate transactions, ArchiveFolder archive, LogSettings settings, Clock clock)
            throws IOException {
        byte[] seed = Base64.getUrlDecoder().decode(archive.secrets().get("log-key"));
        return new TransparencyLog(
                jdbc,
                transactions,
                new LogFolder(archive.folder("log")),
                CheckpointSigner.of(settings.origin(), SignatureType.ED25519, seed),
                clock,
                settings.batch());
    }

    @Bean
    LogQueue logQueue(JdbcClient jdbc, Clock clock) {
        return new LogQueue(jdbc, clock);
    }

    /** Read-only and for everybody. */
    @Bean
    @Order(ChainOrder.HEALTH + 2)
    SecurityFilterChain logSecurity(HttpSecurity http) {
        return http.securityMatcher(LogController.PREFIX + "**")
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(csrf -> csrf.disable())
                .build();
    }

    @Bean
    LogRunner logRunner(TransparencyLog log, LogSettings settings) {
        return new LogRunner(log, settings.every());
    }

    @Bean
    LogHealth logHealth(TransparencyLog log, LogRunner runner) {
        return new LogHealth(log, runner);
    }
}
