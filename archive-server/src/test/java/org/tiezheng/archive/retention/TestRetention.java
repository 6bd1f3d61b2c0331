package org.tiezheng.archive.retention;

import java.time.Clock;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;

/** The services of this package on a test database, for tests of other packages. */
public final class TestRetention {
    private TestRetention() {}

    /** With the shipped rules. */
    public static Retentions retentions(TestDatabase database, Clock clock) {
        return retentions(database.jdbc(), database.transactions(), clock);
    }

    /** On the database of a running server. */
    public static Retentions retentions(JdbcClient jdbc, TransactionTemplate transactions, Clock clock) {
        RetentionRules rules =
                new RetentionRules(jdbc, new RetentionClasses(jdbc, clock), RetentionSettings.defaults(), clock);
        return new Retentions(jdbc, transactions, rules, new AuditLog(jdbc, clock), clock);
    }
}
