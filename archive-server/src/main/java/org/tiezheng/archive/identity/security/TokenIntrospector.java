package org.tiezheng.archive.identity.security;

import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Officer;
import org.tiezheng.archive.identity.Officers;

/** Looks a bearer token up at every request, so a revoked one is refused at once. Writes no audit event. */
final class TokenIntrospector implements OpaqueTokenIntrospector {
    private final ApiTokens tokens;
    private final Officers officers;

    TokenIntrospector(ApiTokens tokens, Officers officers) {
        this.tokens = tokens;
        this.officers = officers;
    }

    @Override
    public OAuth2AuthenticatedPrincipal introspect(String token) {
        return tokens.introspect(token)
                .map(grant -> new TokenPrincipal(
                        grant,
                        officers.find(grant.account().id())
                                .map(Officer::certificateNo)
                                .orElse(null)))
                .orElseThrow(() -> new BadOpaqueTokenException("unknown, expired or revoked token"));
    }
}
