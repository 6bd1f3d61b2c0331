package org.tiezheng.archive.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.settings.ArchiveFolder;

/** The database, migrated, and what speaks to it. Beans close in the order pool, then PostgreSQL. */
@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {
    /** PostgreSQL on this machine, when no address is set. */
    @Bean
    @ConditionalOnExpression("'${tiezheng.database.url:}'.isBlank()")
    LocalPostgres localPostgres(ArchiveFolder folder, DatabaseSettings settings) throws IOException {
        LocalPostgres postgres = LocalPostgres.start(
                folder.root(), folder.folder("pg-binaries"), folder.secrets(), settings.poolSize() + 20);
        postgres.keepUp();
        return postgres;
    }

    /** Connections of the role {@code tiezheng_app}; the schema is up to date before the first is given. */
    @Bean
    HikariDataSource dataSource(DatabaseSettings settings, ObjectProvider<LocalPostgres> local, ArchiveFolder folder)
            throws IOException, SQLException {
        @Nullable LocalPostgres postgres = local.getIfAvailable();
        String url;
        String ownerPassword;
        String appPassword;
        if (postgres == null) {
            url = settings.url() == null ? "" : settings.url();
            ownerPassword = settings.ownerPassword();
            appPassword = settings.appPassword();
        } else {
            url = postgres.jdbcUrl();
            ownerPassword = folder.secrets().get("database-owner");
            appPassword = folder.secrets().get("database-app");
        }
        DataSource owner = simple(url, "tiezheng_owner", ownerPassword);
        requireVersion(owner);
        Migrations.run(owner);
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName("database");
        pool.setJdbcUrl(url);
        pool.setUsername("tiezheng_app");
        pool.setPassword(appPassword);
        pool.setMaximumPoolSize(settings.poolSize());
        pool.setConnectionTimeout(10_000);
        pool.addDataSourceProperty("socketTimeout", "300");
        // "Key (login)=(…) already exists" would carry values into logs and answers.
        pool.addDataSourceProperty("logServerErrorDetail", "false");
        pool.addDataSourceProperty("ApplicationName", "tiezheng");
        return pool;
    }

    @Bean
    TransactionTemplate transactions(PlatformTransactionManager manager) {
        return new TransactionTemplate(manager);
    }

    private static void requireVersion(DataSource owner) throws SQLException {
        try (Connection connection = owner.getConnection()) {
            int major = connection.getMetaData().getDatabaseMajorVersion();
            if (major < 15) {
                throw new IllegalStateException("PostgreSQL " + major + " is too old: 15 or newer is needed");
            }
        }
    }

    private static DataSource simple(String url, String user, String password) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        source.setUser(user);
        source.setPassword(password);
        source.setLoginTimeout(10);
        return source;
    }
}
