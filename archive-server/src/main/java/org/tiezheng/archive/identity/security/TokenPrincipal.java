package org.tiezheng.archive.identity.security;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.SignedIn;

/** A program with a token. {@link #sessionId} names the token's row. */
public final class TokenPrincipal implements OAuth2AuthenticatedPrincipal, SignedIn {
    private final ApiTokens.Grant grant;
    private final @Nullable String certificateNo;
    private final List<GrantedAuthority> authorities;

    TokenPrincipal(ApiTokens.Grant grant, @Nullable String certificateNo) {
        this.grant = grant;
        this.certificateNo = certificateNo;
        List<GrantedAuthority> authorities = new ArrayList<>();
        for (Scope scope : scopes()) {
            authorities.add(new SimpleGrantedAuthority(scope.authority()));
        }
        // An agent's token is no person's: it has no role, whoever made it.
        if (!scopes().contains(Scope.AGENT)) {
            for (Role role : roles()) {
                authorities.add(new SimpleGrantedAuthority(role.authority()));
            }
        }
        this.authorities = List.copyOf(authorities);
    }

    public Set<Scope> scopes() {
        return grant.token().scopes();
    }

    /** What its owner calls the token: for an agent's, the name of the agent. */
    public String tokenName() {
        return grant.token().name();
    }

    private Account account() {
        return grant.account();
    }

    @Override
    public UUID accountId() {
        return account().id();
    }

    @Override
    public String username() {
        return account().username();
    }

    @Override
    public String displayName() {
        return scopes().contains(Scope.AGENT) ? tokenName() : account().displayName();
    }

    @Override
    public Set<Role> roles() {
        return account().roles();
    }

    @Override
    public @Nullable String certificateNo() {
        return certificateNo;
    }

    @Override
    public UUID sessionId() {
        return grant.token().id();
    }

    @Override
    public String getName() {
        return username();
    }

    @Override
    public Map<String, Object> getAttributes() {
        // Spring wants at least one; the introspector's callers read nothing here.
        return Map.of("token", grant.token().id().toString());
    }

    @Override
    public Collection<? extends GrantedAuthority> getAuthorities() {
        return authorities;
    }
}
