package org.tiezheng.archive.database;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

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
        configuration(owner).load().migrate();
    }

    /**
     * Makes the schema as it was when only these migrations had run: for restoring an older backup.
     *
     * @param versions as {@link #checksums} names them
     */
    public static void runOnly(DataSource owner, Collection<String> versions) throws IOException {
        List<LoadableResource> files = new ArrayList<>();
        for (Resource file : new PathMatchingResourcePatternResolver().getResources("classpath*:db/migration/V*.sql")) {
            String name = String.valueOf(file.getFilename());
            if (versions.contains(name.substring(1, Math.max(1, name.indexOf("__"))))) {
                files.add(new Script(name, file.getContentAsString(StandardCharsets.UTF_8)));
            }
        }
        configuration(owner)
                .resourceProvider(new ResourceProvider() {
                    @Override
                    public @Nullable LoadableResource getResource(String name) {
                        return null;
                    }

                    @Override
                    public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
                        return files.stream()
                                .filter(file -> file.getFilename().startsWith(prefix))
                                .toList();
                    }
                })
                .load()
                .migrate();
    }

    /** All migrations this server knows, by version, with Flyway's checksum of their files. */
    public static Map<String, Integer> checksums(DataSource owner) {
        Map<String, Integer> checksums = new HashMap<>();
        for (MigrationInfo migration : configuration(owner).load().info().all()) {
            if (migration.getVersion() != null && migration.getChecksum() != null) {
                checksums.put(migration.getVersion().getVersion(), migration.getChecksum());
            }
        }
        return checksums;
    }

    private static FluentConfiguration configuration(DataSource owner) {
        return Flyway.configure()
                .dataSource(owner)
                .locations("classpath:db/migration")
                .outOfOrder(true)
                .cleanDisabled(true)
                .connectRetries(10);
    }

    /** A file that was read already. */
    private static final class Script extends LoadableResource {
        private final String name;
        private final String text;

        Script(String name, String text) {
            this.name = name;
            this.text = text;
        }

        @Override
        public Reader read() {
            return new StringReader(text);
        }

        @Override
        public String getAbsolutePath() {
            return "db/migration/" + name;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return getAbsolutePath();
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }
}
