package org.tiezheng.archive.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;

class SettingsCheckTest {
    @ConfigurationProperties(prefix = "tiezheng.sample", ignoreUnknownFields = false)
    record Sample(@DefaultValue("1") int size) {}

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(Sample.class)
    static class Server {
        @Bean
        static SettingsCheck check(ConfigurableEnvironment environment) {
            return new SettingsCheck(environment);
        }
    }

    private static ConfigurableApplicationContext start(String... arguments) {
        SpringApplication application = new SpringApplication(Server.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setLogStartupInfo(false);
        return application.run(arguments);
    }

    @Test
    void knownSettingsStart() {
        try (ConfigurableApplicationContext server = start("--tiezheng.sample.size=7", "--tiezheng.data=/nowhere")) {
            assertThat(server.getBean(Sample.class).size()).isEqualTo(7);
        }
    }

    @Test
    void unknownComponentStopsTheStart() {
        assertThatThrownBy(() -> start("--tiezheng.smaple.size=7"))
                .isInstanceOf(UnknownSettingException.class)
                .hasMessageContaining("tiezheng.smaple.size")
                .hasMessageContaining("tiezheng.sample");
    }

    @Test
    void unknownKeyOfAComponentStopsTheStart() {
        assertThatThrownBy(() -> start("--tiezheng.sample.syze=7"))
                .rootCause()
                .hasMessageContaining("tiezheng.sample.syze");
    }

    @Test
    void wrongValueStopsTheStart() {
        assertThatThrownBy(() -> start("--tiezheng.sample.size=many"))
                .rootCause()
                .hasMessageContaining("many");
    }
}
