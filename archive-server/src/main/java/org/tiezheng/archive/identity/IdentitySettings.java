package org.tiezheng.archive.identity;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings {@code tiezheng.identity.*}; see docs/configuration.md.
 *
 * @param passwordMinimumLength characters, 8 to 64
 * @param passwordMaximumAge a password older than this is replaced at the next sign-in; zero: never
 * @param oneTimePasswordValid how long a password made by an administrator can be used
 * @param lockAfter refusals in a row before the account waits
 * @param lockFirst first wait; doubles with every further refusal
 * @param lockLongest longest wait
 * @param sessionIdle a browser session ends after this time without a request
 * @param sessionLongest a browser session ends after this time in any case
 * @param secondFactorRequired roles whose holders must set up one-time codes before anything else
 * @param tokenLongest longest life of an API token
 * @param signInsPerMinute sign-in attempts one address (IPv6: one /64) may make
 * @param requestsPerMinute API requests one account or token may make
 * @param oidc identity provider; none: local accounts only
 */
@ConfigurationProperties(prefix = "tiezheng.identity", ignoreUnknownFields = false)
public record IdentitySettings(
        @DefaultValue("12") int passwordMinimumLength,
        @DefaultValue("0") Duration passwordMaximumAge,
        @DefaultValue("7d") Duration oneTimePasswordValid,
        @DefaultValue("5") int lockAfter,
        @DefaultValue("1m") Duration lockFirst,
        @DefaultValue("1h") Duration lockLongest,
        @DefaultValue("30m") Duration sessionIdle,
        @DefaultValue("12h") Duration sessionLongest,
        @DefaultValue Set<Role> secondFactorRequired,
        @DefaultValue("366d") Duration tokenLongest,
        @DefaultValue("60") int signInsPerMinute,
        @DefaultValue("1200") int requestsPerMinute,
        @Nullable Oidc oidc) {

    public IdentitySettings {
        secondFactorRequired = Set.copyOf(secondFactorRequired);
        if (lockAfter < 1 || signInsPerMinute < 1 || requestsPerMinute < 1) {
            throw new IllegalArgumentException("tiezheng.identity: lock-after and the limits per minute start at 1");
        }
    }

    /** What holds where nothing is configured. */
    public static IdentitySettings defaults() {
        return new IdentitySettings(
                12,
                Duration.ZERO,
                Duration.ofDays(7),
                5,
                Duration.ofMinutes(1),
                Duration.ofHours(1),
                Duration.ofMinutes(30),
                Duration.ofHours(12),
                Set.of(),
                Duration.ofDays(366),
                60,
                1200,
                null);
    }

    /**
     * An OpenID Connect provider, by its addresses: nothing is asked of it at start, so the archive starts while the
     * provider is down.
     *
     * @param name shown on the sign-in page
     * @param issuer must be the {@code iss} of every ID token, exactly
     * @param scopes asked for; {@code openid} is always among them
     * @param usernameClaim claim that names the account at its first sign-in
     * @param roleClaim claim with the person's groups or roles: text or list of text; dots step into objects
     * @param roles which value of that claim gives which role
     */
    public record Oidc(
            @DefaultValue("OpenID Connect") String name,
            String clientId,
            String clientSecret,
            String issuer,
            URI authorizationUri,
            URI tokenUri,
            URI jwkSetUri,
            @Nullable URI endSessionUri,
            @DefaultValue({"openid", "profile"}) List<String> scopes,
            @DefaultValue("preferred_username") String usernameClaim,
            @DefaultValue("roles") String roleClaim,
            @DefaultValue Map<String, Role> roles) {

        public Oidc {
            scopes = List.copyOf(scopes);
            roles = Map.copyOf(roles);
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return "Oidc[" + issuer + ", client " + clientId + "]";
        }
    }
}
