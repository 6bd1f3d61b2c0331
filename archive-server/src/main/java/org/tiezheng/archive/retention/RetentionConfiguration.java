package org.tiezheng.archive.retention;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.stores.Stores;

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
    Cases retentionCases(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            RetentionRules rules,
            Retentions retentions,
            AuditLog audit,
            Clock clock) {
        return new Cases(jdbc, transactions, rules, retentions, audit, clock);
    }

    @Bean
    Approvals retentionApprovals(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        return new Approvals(jdbc, transactions, audit, clock);
    }

    @Bean
    RuleEdits retentionRuleEdits(JdbcClient jdbc, RetentionClasses classes, Approvals approvals, Clock clock) {
        return new RuleEdits(jdbc, classes, approvals, clock);
    }

    @Bean
    ClassChanges classChanges(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            Retentions retentions,
            RetentionClasses classes,
            Approvals approvals) {
        return new ClassChanges(jdbc, transactions, retentions, classes, approvals);
    }

    @Bean
    ObjectCopies objectCopies(Stores stores) {
        return ObjectCopies.of(stores);
    }

    @Bean
    Holds holds(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            ObjectCopies copies,
            Approvals approvals,
            LogQueue log,
            AuditLog audit,
            Clock clock) {
        return new Holds(jdbc, transactions, copies, approvals, log, audit, clock);
    }

    @Bean
    LockExtension lockExtension(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            EvidenceCatalogue catalogue,
            RetentionRules rules,
            Retentions retentions,
            ObjectCopies copies,
            KeptObjects kept,
            LogQueue log,
            AuditLog audit,
            Clock clock) {
        return new LockExtension(jdbc, transactions, catalogue, rules, retentions, copies, kept, log, audit, clock);
    }

    @Bean
    Appraisals appraisals(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            Retentions retentions,
            RetentionClasses classes,
            Approvals approvals,
            AuditLog audit,
            Clock clock) {
        return new Appraisals(jdbc, transactions, retentions, classes, approvals, audit, clock);
    }

    @Bean
    Disposals disposals(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            Appraisals appraisals,
            Approvals approvals,
            Holds holds,
            RetentionRules rules,
            ObjectCopies copies,
            KeptObjects kept,
            LogQueue log,
            AuditLog audit,
            Clock clock) {
        return new Disposals(
                jdbc,
                transactions,
                appraisals,
                approvals,
                holds,
                rules,
                copies,
                kept,
                log,
                audit,
                clock,
                DisposalStep.Watch.NONE,
                Disposals.announcedBy(jdbc));
    }

    @Bean
    LockChecks lockChecks(
            JdbcClient jdbc, TransactionTemplate transactions, ObjectCopies copies, AuditLog audit, Clock clock) {
        return new LockChecks(jdbc, transactions, copies, audit, clock);
    }

    @Bean
    RetentionFigures retentionFigures(JdbcClient jdbc, LockChecks checks, Clock clock) {
        return new RetentionFigures(jdbc, checks, clock);
    }

    @Bean
    RetentionWork retentionWork(
            Retentions retentions, Cases cases, Holds holds, LockExtension locks, Disposals disposals) {
        return new RetentionWork(retentions, cases, holds, locks, disposals);
    }

    @Bean
    RetentionView retentionView(
            Retentions retentions,
            RetentionClasses classes,
            Holds holds,
            Appraisals appraisals,
            Disposals disposals,
            Clock clock) {
        return new RetentionView(retentions, classes, holds, appraisals, disposals, clock);
    }

    /** On one of the servers; one that dies in it is noticed, and another goes on. */
    @Bean
    RecurringTask<Void> retentionTask(RetentionWork work, RetentionSettings settings) {
        return Tasks.recurring("retention", FixedDelay.of(settings.turnEvery()))
                .execute((instance, context) -> work.turn());
    }

    @Bean
    RecurringTask<Void> lockCheckTask(LockChecks checks, RetentionSettings settings) {
        return Tasks.recurring("retention-locks", FixedDelay.of(settings.turnEvery()))
                .execute((instance, context) -> checks.work(settings.checkEvery()));
    }
}
