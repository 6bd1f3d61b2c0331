package org.tiezheng.archive.database;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.settings.ArchiveFolder;

/** The database, migrated, and what speaks to it. Beans close in the order pool, then PostgreSQL. */
@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {
    @Bean
    Database database(DatabaseSettings settings, ArchiveFolder folder) throws IOException {
        return Database.open(settings, folder);
    }

    /** Connections of the role {@code tiezheng_app}; the schema is up to date before the first is given. */
    @Bean
    HikariDataSource dataSource(Database database, DatabaseSettings settings) {
        Migrations.run(database.owner());
        return database.pool(settings.poolSize());
    }

    @Bean
    SharedSecrets sharedSecrets(JdbcClient jdbc, ArchiveFolder folder) {
        return new SharedSecrets(jdbc, folder);
    }

    @Bean
    TransactionTemplate transactions(PlatformTransactionManager manager) {
        return new TransactionTemplate(manager);
    }
}
