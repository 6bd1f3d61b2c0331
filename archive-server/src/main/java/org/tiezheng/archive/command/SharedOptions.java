package org.tiezheng.archive.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.tiezheng.archive.database.Database;
import org.tiezheng.archive.database.DatabaseSettings;
import org.tiezheng.archive.identity.IdentitySettings;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.archive.stores.StoreSettings;
import picocli.CommandLine.Option;

/** What every verb takes: the data folder, the settings file, single settings. */
final class SharedOptions {
    @Option(names = "--data", paramLabel = "DIR", descriptionKey = "option.data")
    private @Nullable Path data;

    @Option(names = "--config", paramLabel = "FILE", descriptionKey = "option.config")
    private @Nullable Path config;

    @Option(names = "--ui-lang", paramLabel = "zh|en", descriptionKey = "option.ui-lang")
    private @Nullable String language;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            descriptionKey = "option.help")
    private boolean help;

    Path data(Console console) {
        return Console.absolute(data == null ? ArchiveFolder.standard(console.environment()) : data);
    }

    /** For Spring: data folder, settings file, settings. */
    List<String> arguments(Console console) throws Console.UserError {
        Path folder = data(console);
        Path file = config == null ? folder.resolve("archive").resolve("server.yaml") : Console.absolute(config);
        if (config != null && !Files.isReadable(file)) {
            throw new Console.UserError(console.texts().get("error.no-config", file.toString()));
        }
        List<String> arguments = new ArrayList<>();
        arguments.add("--tiezheng.data=" + folder);
        arguments.add("--spring.config.additional-location=optional:file:" + file);
        arguments.addAll(console.settings());
        return arguments;
    }

    /** The database for a command, running or not; close it. */
    Opened open(Console console) throws Console.UserError, IOException {
        ArchiveFolder folder = ArchiveFolder.open(data(console));
        SpringApplication application = new SpringApplication(SettingsOnly.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setLogStartupInfo(false);
        application.setRegisterShutdownHook(false);
        try (ConfigurableApplicationContext context =
                application.run(arguments(console).toArray(String[]::new))) {
            return new Opened(
                    folder,
                    Database.openBeside(context.getBean(DatabaseSettings.class), folder),
                    context.getBean(IdentitySettings.class),
                    context.getBean(StoreSettings.class));
        }
    }

    record Opened(ArchiveFolder folder, Database database, IdentitySettings identity, StoreSettings store)
            implements AutoCloseable {
        /** The store that must have every object; the custodian's queue belongs to the server. */
        StoreSettings primaryStore() {
            return store.withoutCustodian();
        }

        @Override
        public void close() throws IOException {
            database.close();
        }
    }

    /** Reads the settings as the server does, and makes nothing. */
    @EnableConfigurationProperties({DatabaseSettings.class, IdentitySettings.class, StoreSettings.class})
    static final class SettingsOnly {}
}
