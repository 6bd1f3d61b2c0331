package org.tiezheng.archive.identity.security;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.tiezheng.archive.identity.IdentitySettings.Oidc;
import org.tiezheng.archive.identity.Role;

/** Settings of a provider for tests. */
final class OidcTestSettings {
    private OidcTestSettings() {}

    static Oidc of(String issuer, String roleClaim) {
        return new Oidc(
                "测试认证",
                "tiezheng",
                "secret",
                issuer,
                URI.create(issuer + "/oauth2/authorize"),
                URI.create(issuer + "/oauth2/token"),
                URI.create(issuer + "/oauth2/jwks"),
                null,
                List.of("openid", "profile"),
                "preferred_username",
                roleClaim,
                Map.of("inspectors", Role.INSPECTOR, "auditors", Role.AUDITOR));
    }
}
