package org.tiezheng.archive.retention;

import java.time.Clock;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;

/** The services of this package on a test database, for tests of other packages. */
public final class TestRetention {
    private TestRetention() {}

    /** With the shipped rules. */
    public static Retentions retentions(TestDatabase database, Clock clock) {
        RetentionRules rules = new RetentionRules(
                database.jdbc(), new RetentionClasses(database.jdbc(), clock), RetentionSettings.defaults(), clock);
        return new Retentions(
                database.jdbc(), database.transactions(), rules, new AuditLog(database.jdbc(), clock), clock);
    }
}
