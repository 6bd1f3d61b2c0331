package org.tiezheng.archive.agent;

import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.operations.HealthPart;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.http.HttpTimestampAuthority;
import org.tiezheng.evidence.trust.TrustAnchors;

/** The agent inside the server. */
@Configuration(proxyBeanMethods = false)
class InternalAgentConfiguration {
    /** Less than {@code HealthWatch} waits for a part. */
    private static final Duration TSA_PATIENCE = Duration.ofSeconds(2);

    private static final Duration STAMP_PATIENCE = Duration.ofSeconds(20);

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

    /** @throws IOException if a file with roots of the authorities cannot be read */
    @Bean
    HealthPart tsaHealth(InternalAgentSettings settings, Clock clock) throws IOException {
        List<HttpTimestampAuthority> authorities = new ArrayList<>();
        if (settings.enabled() && !settings.tsa().isEmpty()) {
            TrustAnchors anchors = TrustAnchors.ofFiles(settings.tsaTrust());
            for (URI address : settings.tsa()) {
                authorities.add(new HttpTimestampAuthority(address, anchors, TSA_PATIENCE));
            }
        }
        return new TsaHealth(settings.enabled(), settings.embeddedTsa(), authorities, clock);
    }

    /**
     * For stamps of the server's own: the external authorities, else the embedded one.
     *
     * @throws IOException if a file with roots or the embedded authority's keys cannot be read
     */
    @Bean
    StampingAuthorities stampingAuthorities(InternalAgentSettings settings, ArchiveFolder folder, Clock clock)
            throws IOException {
        List<TimestampAuthority> authorities = new ArrayList<>();
        if (!settings.tsa().isEmpty()) {
            TrustAnchors anchors = TrustAnchors.ofFiles(settings.tsaTrust());
            for (URI address : settings.tsa()) {
                authorities.add(new HttpTimestampAuthority(address, anchors, STAMP_PATIENCE));
            }
        }
        if (settings.embeddedTsa()) {
            authorities.add(
                    EmbeddedAuthority.open(Objects.requireNonNull(folder.root().getParent()), clock));
        }
        return new StampingAuthorities(authorities);
    }
}
