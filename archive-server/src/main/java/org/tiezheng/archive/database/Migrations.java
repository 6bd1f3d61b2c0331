package org.tiezheng.archive.database;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * The schema: SQL files below {@code db/migration}, run as {@code tiezheng_owner} at each start.
 *
 * <p>Files are numbered by capability ({@code V01x} audit, {@code V02x} identity, …), so a later file of one capability has a
 * lower number than another's: out of order is the rule here. Files that have run are never edited.
 */
public final class Migrations {
    private Migrations() {}

    /** Brings the schema up to date. Several servers may do so at the same time: Flyway takes a lock. */
    public static void run(DataSource owner) {
        Flyway.configure()
                .dataSource(owner)
                .locations("classpath:db/migration")
                .outOfOrder(true)
                .cleanDisabled(true)
                .connectRetries(10)
                .load()
                .migrate();
    }
}
