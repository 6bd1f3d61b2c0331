package org.tiezheng.archive.settings;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The data folder and the clock. */
@Configuration(proxyBeanMethods = false)
class SettingsConfiguration {
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
