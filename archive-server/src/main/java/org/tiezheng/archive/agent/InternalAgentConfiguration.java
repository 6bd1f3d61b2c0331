package org.tiezheng.archive.agent;

import java.time.Clock;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.settings.ArchiveFolder;

/** The agent inside the server. */
@Configuration(proxyBeanMethods = false)
class InternalAgentConfiguration {
    @Bean
    InternalAgent internalAgent(
            InternalAgentSettings settings,
            ApplicationContext context,
            ArchiveFolder folder,
            Accounts accounts,
            ApiTokens tokens,
            Clock clock) {
        return new InternalAgent(settings, context, folder, accounts, tokens, clock);
    }
}
