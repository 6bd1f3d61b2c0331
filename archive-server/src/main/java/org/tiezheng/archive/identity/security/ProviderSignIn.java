package org.tiezheng.archive.identity.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.tiezheng.archive.identity.Client;
import org.tiezheng.archive.identity.Identity;
import org.tiezheng.archive.identity.IdentitySettings.Oidc;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.RuleBrokenException;
import org.tiezheng.archive.identity.SignInOutcome;

/**
 * Sign-in through an OpenID Connect provider: authorization code with PKCE. When the provider has vouched for
 * somebody, the account that belongs to the pair of issuer and subject is signed in as if by password; nothing of the
 * provider's (tokens, its own idea of authorities) stays in the session.
 */
final class ProviderSignIn {
    /** Path segment below {@code /sign-in/start/} and {@code /sign-in/return/}. */
    static final String REGISTRATION = "oidc";

    private static final Logger LOG = LoggerFactory.getLogger(ProviderSignIn.class);

    private final Oidc settings;
    private final Identity identity;
    private final SessionSignIn session;

    ProviderSignIn(Oidc settings, Identity identity, SessionSignIn session) {
        this.settings = settings;
        this.identity = identity;
        this.session = session;
    }

    /** By explicit addresses: with the issuer's alone, the server would ask it at start and not start without it. */
    static ClientRegistration registration(Oidc oidc) {
        List<String> scopes = new java.util.ArrayList<>(oidc.scopes());
        if (!scopes.contains("openid")) {
            scopes.add("openid");
        }
        return ClientRegistration.withRegistrationId(REGISTRATION)
                .clientName(oidc.name())
                .clientId(oidc.clientId())
                .clientSecret(oidc.clientSecret())
                .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                .clientSettings(ClientRegistration.ClientSettings.builder()
                        .requireProofKey(true)
                        .build())
                .redirectUri("{baseUrl}/sign-in/return/{registrationId}")
                .scope(scopes)
                .issuerUri(oidc.issuer())
                .authorizationUri(oidc.authorizationUri().toString())
                .tokenUri(oidc.tokenUri().toString())
                .jwkSetUri(oidc.jwkSetUri().toString())
                .build();
    }

    void succeeded(HttpServletRequest request, HttpServletResponse response, Authentication authentication)
            throws IOException {
        SignInOutcome outcome;
        try {
            outcome = authentication.getPrincipal() instanceof OidcUser user
                    ? signIn(user, Client.of(request))
                    : new SignInOutcome.Refused(SignInOutcome.Refusal.WRONG);
        } catch (RuleBrokenException broken) {
            LOG.warn("the identity provider gives somebody roles that exclude each other: {}", broken.getMessage());
            identity.providerRefused("roles that exclude each other", Client.of(request));
            outcome = new SignInOutcome.Refused(SignInOutcome.Refusal.WRONG);
        }
        if (outcome instanceof SignInOutcome.Known known) {
            session.begin(known, request, response);
            response.sendRedirect(request.getContextPath() + session.wantedPage(request, response));
            return;
        }
        session.end(request);
        response.sendRedirect(request.getContextPath() + Refusals.SIGN_IN_PAGE + "?not-admitted");
    }

    private SignInOutcome signIn(OidcUser user, Client client) {
        String subject = user.getSubject();
        if (subject == null) {
            return new SignInOutcome.Refused(SignInOutcome.Refusal.WRONG);
        }
        String username = Objects.requireNonNullElse(user.getClaimAsString(settings.usernameClaim()), subject);
        String name = Objects.requireNonNullElse(user.getFullName(), username);
        return identity.signInThroughProvider(
                settings.issuer(), subject, username, name, roles(user.getClaims()), client);
    }

    void failed(HttpServletRequest request, HttpServletResponse response, AuthenticationException why)
            throws IOException {
        // Not the message: it may hold what the provider answered.
        String code = why instanceof OAuth2AuthenticationException oauth
                ? oauth.getError().getErrorCode()
                : why.getClass().getSimpleName();
        LOG.warn("sign-in through the identity provider failed: {}", code);
        identity.providerRefused("the answer of the identity provider was not accepted", Client.of(request));
        response.sendRedirect(request.getContextPath() + Refusals.SIGN_IN_PAGE + "?provider-failed");
    }

    /** The roles the provider's claim gives; dots in its name step into objects. Other values give nothing. */
    Set<Role> roles(Map<String, Object> claims) {
        Object value = claims;
        for (String step : settings.roleClaim().split("\\.", -1)) {
            value = value instanceof Map<?, ?> map ? map.get(step) : null;
        }
        Collection<?> names = value instanceof Collection<?> list ? list : value == null ? List.of() : List.of(value);
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (Object name : names) {
            Role role = settings.roles().get(String.valueOf(name));
            if (role != null) {
                roles.add(role);
            }
        }
        return roles;
    }

    /** Keeps no token of the provider: after the sign-in nothing is asked of it. */
    static final class KeepNothing implements OAuth2AuthorizedClientRepository {
        @Override
        public <T extends OAuth2AuthorizedClient> @Nullable T loadAuthorizedClient(
                String registration, Authentication principal, HttpServletRequest request) {
            return null;
        }

        @Override
        public void saveAuthorizedClient(
                OAuth2AuthorizedClient client,
                Authentication principal,
                HttpServletRequest request,
                HttpServletResponse response) {
            // see above
        }

        @Override
        public void removeAuthorizedClient(
                String registration,
                Authentication principal,
                HttpServletRequest request,
                HttpServletResponse response) {
            // nothing to remove
        }
    }
}
