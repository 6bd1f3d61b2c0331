/**
 * The database: {@link org.tiezheng.archive.database.LocalPostgres} runs PostgreSQL on this machine unless a JDBC address is
 * set, {@link org.tiezheng.archive.database.Migrations} brings its schema up to date, and {@code DatabaseConfiguration}
 * gives the rest of the server a {@code DataSource} of the role {@code tiezheng_app} and the {@code TransactionTemplate}
 * {@code transactions}.
 *
 * <p>Two roles: {@code tiezheng_owner} owns the schema and is used for migrations only; {@code tiezheng_app} may do what each
 * migration grants it, which for the audit log is reading and adding.
 */
@NullMarked
package org.tiezheng.archive.database;

import org.jspecify.annotations.NullMarked;
