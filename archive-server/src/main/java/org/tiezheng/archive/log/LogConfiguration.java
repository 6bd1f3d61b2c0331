package org.tiezheng.archive.log;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.ProofSource;
import org.tiezheng.archive.database.SharedSecrets;
import org.tiezheng.archive.identity.security.ChainOrder;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.stores.StoreGate;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.log.VerifierKey;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.Retention;

/** The transparency log, its files in {@code <data>/archive/log}, its key in {@code secrets/log-key}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(LogSettings.class)
class LogConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(LogConfiguration.class);

    @Bean
    TransparencyLog transparencyLog(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            ArchiveFolder archive,
            SharedSecrets secrets,
            LogSettings settings,
            Clock clock)
            throws IOException {
        byte[] seed = Base64.getUrlDecoder().decode(secrets.get("log-key"));
        return new TransparencyLog(
                jdbc,
                transactions,
                new LogFolder(archive.folder("log")),
                CheckpointSigner.of(settings.origin(), SignatureType.ED25519, seed),
                trusted(settings),
                clock,
                settings.batch());
    }

    private static TransparencyLog.Trusted trusted(LogSettings settings) throws IOException {
        Path file = settings.policy();
        LogPolicy policy = TransparencyLog.Trusted.nobody().policy();
        List<VerifierKey> formerKeys = new ArrayList<>();
        try {
            if (file != null) {
                policy = LogPolicy.parse(Files.readAllBytes(file));
            }
        } catch (MalformedLogException e) {
            throw new IllegalArgumentException("tiezheng.log.policy: " + file + ": " + e.getMessage(), e);
        }
        if (policy.needsWitnesses() && policy.witnesses().values().stream().noneMatch(site -> site.url() != null)) {
            throw new IllegalArgumentException(
                    "tiezheng.log.policy: " + file + ": no witness has an address, so none can be asked");
        }
        for (String key : settings.formerKeys()) {
            try {
                formerKeys.add(VerifierKey.parse(key));
            } catch (MalformedLogException e) {
                throw new IllegalArgumentException("tiezheng.log.former-keys: " + e.getMessage(), e);
            }
        }
        return new TransparencyLog.Trusted(policy, formerKeys, settings.witnessWait(), settings.witnessRound());
    }

    @Bean
    Witnesses logWitnesses(JdbcClient jdbc, TransparencyLog log, LogSettings settings, Clock clock) {
        return new Witnesses(
                jdbc, log, new WitnessClient(settings.witnessTimeout()), settings.startWithoutWitnesses(), clock);
    }

    @Bean
    ProofSource logProofs(JdbcClient jdbc, TransparencyLog log) {
        return new LogProofs(jdbc, log);
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
    LogChanges logChanges(
            JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, LogQueue queue, Clock clock) {
        return new LogChanges(jdbc, transactions, audit, queue, clock);
    }

    @Bean
    LogStamps logStamps(
            JdbcClient jdbc, TransparencyLog log, StampingAuthorities authorities, LogChanges changes, Clock clock) {
        return new LogStamps(jdbc, log, authorities, changes, clock);
    }

    @Bean
    LogFigures logFigures(JdbcClient jdbc, TransparencyLog log, Witnesses witnesses, LogStamps stamps) {
        return new LogFigures(jdbc, log, witnesses, stamps);
    }

    /** Every day at half past four in the morning in Beijing, on one of the servers; after a failure every ten minutes. */
    @Bean
    RecurringTask<Void> logStampTask(LogStamps stamps) {
        return Tasks.recurring("log-stamp", Schedules.daily(ZoneId.of("Asia/Shanghai"), LocalTime.of(4, 30)))
                .onFailure((complete, operations) ->
                        operations.reschedule(complete, complete.getTimeDone().plus(Duration.ofMinutes(10))))
                .execute((instance, context) -> {
                    writeMissing(stamps);
                    try {
                        stamps.stamp(false);
                    } catch (IOException later) {
                        throw new UncheckedIOException(later);
                    }
                });
    }

    private static void writeMissing(LogStamps stamps) {
        try {
            int written = stamps.writeMissing();
            if (written > 0) {
                LOG.info("{} stamps were not beside the log and are now", written);
            }
        } catch (IOException | RuntimeException later) {
            LOG.warn("stamps beside the log: {}; the daily turn tries again", later.getMessage());
        }
    }

    /** Locks as firmly as ingest does. */
    @Bean
    LogMirror logMirror(
            JdbcClient jdbc,
            TransparencyLog log,
            ObjectStore store,
            StoreGate gate,
            @Value("${tiezheng.ingest.retention-mode:COMPLIANCE}") Retention.Mode mode,
            LogSettings settings,
            Clock clock) {
        return new LogMirror(
                jdbc, log, store, gate::requireOpen, mode, settings.mirror().lock(), clock);
    }

    /** On one of the servers; after a failure at the next turn. */
    @Bean
    RecurringTask<Void> logMirrorTask(LogMirror mirror, LogSettings settings) {
        return Tasks.recurring("log-mirror", FixedDelay.of(settings.mirror().every()))
                .execute((instance, context) -> {
                    if (settings.mirror().on()) {
                        mirror(mirror);
                    }
                });
    }

    private static void mirror(LogMirror mirror) {
        try {
            mirror.run();
        } catch (IOException later) {
            LOG.warn("the copy of the log in the store is not up to date: {}", later.getMessage());
        }
    }

    @Bean
    LogReread logReread(
            JdbcClient jdbc, TransactionTemplate transactions, TransparencyLog log, AuditLog audit, Clock clock) {
        return new LogReread(jdbc, transactions, log, audit, clock);
    }

    @Bean
    LogRunner logRunner(
            TransparencyLog log,
            Witnesses witnesses,
            LogChanges changes,
            LogStamps stamps,
            LogMirror mirror,
            LogReread reread,
            LogSettings settings) {
        Runnable first = () -> {
            if (settings.mirror().on()) {
                try {
                    mirror.check();
                } catch (IOException e) {
                    throw new UncheckedIOException("comparing with the log's copy in the store: " + e.getMessage(), e);
                }
            }
            changes.key(log.key());
        };
        Runnable stampNow = () -> {
            try {
                stamps.stamp(true);
            } catch (IOException | RuntimeException later) {
                LOG.warn("after the start: {}; the daily turn tries again", later.getMessage());
            }
            writeMissing(stamps);
        };
        return new LogRunner(log, witnesses, first, reread::turnIfDue, stampNow, settings.every());
    }

    @Bean
    LogHealth logHealth(
            TransparencyLog log,
            LogRunner runner,
            Witnesses witnesses,
            LogMirror mirror,
            LogSettings settings,
            Clock clock) {
        return new LogHealth(log, runner, witnesses, () -> settings.mirror().on() && mirror.isLate(), clock);
    }
}
