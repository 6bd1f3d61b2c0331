package org.tiezheng.archive.settings;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;

/** The data folder and the clock. */
@Configuration(proxyBeanMethods = false)
class SettingsConfiguration {
    /** Static, so that it runs before any bean is made. */
    @Bean
    static SettingsCheck settingsCheck(ConfigurableEnvironment environment) {
        return new SettingsCheck(environment);
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    /** {@code tiezheng.data}, which {@code --data} sets. */
    @Bean
    ArchiveFolder archiveFolder(@Value("${tiezheng.data:}") String data) throws IOException {
        return ArchiveFolder.open(data.isBlank() ? ArchiveFolder.standard(System.getenv()) : Path.of(data));
    }
}
