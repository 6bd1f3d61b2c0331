package org.tiezheng.archive.operations;

import org.springframework.jdbc.core.simple.JdbcClient;

/** The database takes a statement. */
final class DatabaseHealth implements HealthPart {
    private final JdbcClient jdbc;

    DatabaseHealth(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public String name() {
        return "database";
    }

    @Override
    public boolean isRequired() {
        return true;
    }

    @Override
    public Health look() {
        String version = jdbc.sql("select current_setting('server_version')")
                .query(String.class)
                .single();
        return Health.up("ok", version);
    }
}
