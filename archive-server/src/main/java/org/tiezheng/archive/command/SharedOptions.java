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
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** What every verb takes: the data folder, the settings file, single settings. */
final class SharedOptions {
    /** Beginnings of settings that may be given on the command line. */
    private static final List<String> SETTINGS = List.of("--tiezheng.", "--server.", "--spring.", "--logging.");

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

    @Unmatched
    private List<String> settings = new ArrayList<>();

    Path data(Console console) {
        return Console.absolute(data == null ? ArchiveFolder.standard(console.environment()) : data);
    }

    /** For Spring: data folder, settings file, settings. */
    List<String> arguments(Console console) throws Console.UserError {
        for (String setting : settings) {
            if (SETTINGS.stream().noneMatch(setting::startsWith) || setting.indexOf('=') < 0) {
                throw new Console.UserError(console.texts().get("error.usage", setting));
            }
        }
        Path folder = data(console);
        Path file = config == null ? folder.resolve("archive").resolve("server.yaml") : Console.absolute(config);
        if (config != null && !Files.isReadable(file)) {
            throw new Console.UserError(console.texts().get("error.no-config", file.toString()));
        }
        List<String> arguments = new ArrayList<>();
        arguments.add("--tiezheng.data=" + folder);
        arguments.add("--spring.config.additional-location=optional:file:" + file);
        arguments.addAll(settings);
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
                    context.getBean(IdentitySettings.class));
        }
    }

    record Opened(ArchiveFolder folder, Database database, IdentitySettings identity) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            database.close();
        }
    }

    /** Reads the settings as the server does, and makes nothing. */
    @EnableConfigurationProperties({DatabaseSettings.class, IdentitySettings.class})
    static final class SettingsOnly {}
}
