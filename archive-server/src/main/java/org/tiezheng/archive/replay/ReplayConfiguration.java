package org.tiezheng.archive.replay;

import java.time.Clock;
import java.util.Optional;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.identity.security.FrameSource;

/** Builds the replay origin. {@link ReplayContent} comes from the evidence page, which knows the store. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ReplaySettings.class)
public class ReplayConfiguration {
    @Bean
    ReplayConnector replayConnector(ReplaySettings settings) {
        return new ReplayConnector(settings);
    }

    @Bean
    ReplayTokens replayTokens(JdbcClient jdbc, Clock clock, ReplaySettings settings) {
        return new ReplayTokens(jdbc, clock, settings.tokenLifetime());
    }

    /** For the policy of our pages: only the player may stand in a frame. */
    @Bean
    FrameSource replayFrames(ReplayConnector connector) {
        return request ->
                connector.listens() ? Optional.of(connector.origin(request).toString()) : Optional.empty();
    }

    @Bean
    FilterRegistrationBean<ReplayFilter> replayFilter(
            ReplayConnector connector, ReplayTokens tokens, ReplayContent content) {
        FilterRegistrationBean<ReplayFilter> bean =
                new FilterRegistrationBean<>(new ReplayFilter(connector, tokens, content));
        bean.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return bean;
    }
}
