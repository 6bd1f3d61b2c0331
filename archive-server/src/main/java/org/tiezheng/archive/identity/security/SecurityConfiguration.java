package org.tiezheng.archive.identity.security;

import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Cookie.SameSite;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.session.ChangeSessionIdAuthenticationStrategy;
import org.springframework.security.web.authentication.session.CompositeSessionAuthenticationStrategy;
import org.springframework.security.web.context.DelegatingSecurityContextRepository;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.security.web.csrf.CsrfAuthenticationStrategy;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.csrf.CsrfTokenRepository;
import org.springframework.security.web.csrf.HttpSessionCsrfTokenRepository;
import org.springframework.security.web.header.writers.CrossOriginOpenerPolicyHeaderWriter.CrossOriginOpenerPolicy;
import org.springframework.security.web.header.writers.CrossOriginResourcePolicyHeaderWriter.CrossOriginResourcePolicy;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.security.web.savedrequest.HttpSessionRequestCache;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Identity;
import org.tiezheng.archive.identity.IdentitySettings;
import org.tiezheng.archive.identity.IdentitySettings.Oidc;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.SignedIn;
import org.tiezheng.archive.identity.WebSessions;
import org.tiezheng.archive.web.ProblemWriter;

/**
 * The filter chains, in the order of {@link ChainOrder}. The replay's is defined by its own package; health checks have
 * theirs in {@code operations}.
 */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
public class SecurityConfiguration {
    private static final String PERMISSIONS = "accelerometer=(), autoplay=(), camera=(), display-capture=(),"
            + " encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(),"
            + " midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(),"
            + " usb=(), xr-spatial-tracking=()";

    private static final String[] ROLES =
            java.util.Arrays.stream(Role.values()).map(Role::name).toArray(String[]::new);

    /** {@code /api/**}: a bearer token, or the session of the screens with its CSRF token. */
    @Bean
    @Order(ChainOrder.API)
    SecurityFilterChain apiChain(
            HttpSecurity http,
            OpaqueTokenIntrospector tokens,
            Refusals refusals,
            WebSessions sessions,
            CsrfTokenRepository csrf,
            ContentSecurityPolicy policy,
            ProblemWriter problems,
            IdentitySettings settings) {
        headers(http, policy);
        Limits refused = new Limits(settings.signInsPerMinute(), TimeMeter.SYSTEM_NANOTIME);
        Limits requested = new Limits(settings.requestsPerMinute(), TimeMeter.SYSTEM_NANOTIME);
        return http.securityMatcher("/api/**")
                .addFilterBefore(RateLimit.ofApiRefusals(refused, problems), CsrfFilter.class)
                .addFilterBefore(new BodyLimit(problems), CsrfFilter.class)
                .addFilterBefore(RateLimit.ofApiRequests(requested, problems), AuthorizationFilter.class)
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.NEVER))
                .requestCache(cache -> cache.disable())
                .logout(logout -> logout.disable())
                // A request with "Authorization: Bearer" needs no CSRF token: no other site can make a browser send it.
                .csrf(config -> config.csrfTokenRepository(csrf))
                .addFilterBefore(new SessionCheck(sessions), CsrfFilter.class)
                .oauth2ResourceServer(server -> server.opaqueToken(opaque -> opaque.introspector(tokens))
                        .authenticationEntryPoint(refusals::apiWithoutSignIn)
                        .accessDeniedHandler(refusals::apiDenied))
                .exceptionHandling(handling -> handling.authenticationEntryPoint(refusals::apiWithoutSignIn)
                        .accessDeniedHandler(refusals::apiDenied))
                .authorizeHttpRequests(requests -> requests.anyRequest()
                        .access((authentication, context) -> new AuthorizationDecision(mayEnterApi(
                                authentication.get(),
                                context.getRequest().getMethod(),
                                context.getRequest()
                                        .getRequestURI()
                                        .substring(context.getRequest()
                                                .getContextPath()
                                                .length())))))
                .build();
    }

    static boolean mayEnterApi(Authentication authentication, String method, String path) {
        if (authentication.getPrincipal() instanceof TokenPrincipal token) {
            return ScopeRules.allow(token.scopes(), method, path);
        }
        // A session: any role will do here, the controller's rule names the right one.
        return authentication.isAuthenticated()
                && authentication.getAuthorities().stream()
                        .anyMatch(authority ->
                                String.valueOf(authority.getAuthority()).startsWith("ROLE_"))
                && authentication.getPrincipal() instanceof SignedIn;
    }

    /** Everything else: pages for people. */
    @Bean
    @Order(ChainOrder.SCREENS)
    SecurityFilterChain screensChain(
            HttpSecurity http,
            Refusals refusals,
            WebSessions sessions,
            CsrfTokenRepository csrf,
            RequestCache requestCache,
            SecurityContextRepository contexts,
            ContentSecurityPolicy policy,
            ProblemWriter problems,
            IdentitySettings settings,
            Identity identity,
            SessionSignIn sessionSignIn) {
        headers(http, policy);
        Oidc oidc = settings.oidc();
        if (oidc != null) {
            throughProvider(http, oidc, new ProviderSignIn(oidc, identity, sessionSignIn));
        }
        Limits signIns = new Limits(settings.signInsPerMinute(), TimeMeter.SYSTEM_NANOTIME);
        return http.addFilterBefore(RateLimit.ofSignIns(signIns, problems), CsrfFilter.class)
                .addFilterBefore(new BodyLimit(problems), CsrfFilter.class)
                .securityContext(context -> context.securityContextRepository(contexts))
                .requestCache(cache -> cache.requestCache(requestCache))
                .logout(logout -> logout.disable())
                .csrf(config -> config.csrfTokenRepository(csrf))
                .addFilterBefore(new SessionCheck(sessions), CsrfFilter.class)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(refusals::screenWithoutSignIn)
                        .accessDeniedHandler(refusals::screenDenied))
                .authorizeHttpRequests(requests -> requests.requestMatchers(
                                "/sign-in", "/sign-in/**", "/error", "/assets/**", "/vendor/**", "/favicon.ico")
                        .permitAll()
                        // Without a role too: somebody who still has to choose a password.
                        .requestMatchers("/account/first-steps", "/account/first-steps/**", "/logout")
                        .authenticated()
                        .anyRequest()
                        .hasAnyRole(ROLES))
                .build();
    }

    private static void throughProvider(HttpSecurity http, Oidc oidc, ProviderSignIn provider) {
        http.oauth2Login(login -> login.clientRegistrationRepository(
                        new InMemoryClientRegistrationRepository(ProviderSignIn.registration(oidc)))
                .authorizedClientRepository(new ProviderSignIn.KeepNothing())
                .loginPage(Refusals.SIGN_IN_PAGE)
                .authorizationEndpoint(endpoint -> endpoint.baseUri("/sign-in/start"))
                .redirectionEndpoint(endpoint -> endpoint.baseUri("/sign-in/return/*"))
                .successHandler(provider::succeeded)
                .failureHandler(provider::failed));
    }

    private static void headers(HttpSecurity http, ContentSecurityPolicy policy) {
        http.headers(headers -> headers.addHeaderWriter(policy)
                .frameOptions(HeadersConfigurer.FrameOptionsConfig::deny)
                .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.SAME_ORIGIN))
                .permissionsPolicyHeader(permissions -> permissions.policy(PERMISSIONS))
                .crossOriginOpenerPolicy(opener -> opener.policy(CrossOriginOpenerPolicy.SAME_ORIGIN))
                .crossOriginResourcePolicy(resource -> resource.policy(CrossOriginResourcePolicy.SAME_ORIGIN))
                // Sent over TLS only. One year; not for subdomains, which are not ours to decide about.
                .httpStrictTransportSecurity(hsts -> hsts.includeSubDomains(false)
                        .maxAgeInSeconds(Duration.ofDays(365).toSeconds())));
    }

    @Bean
    ContentSecurityPolicy contentSecurityPolicy(ObjectProvider<FrameSource> frames, IdentitySettings settings) {
        Optional<String> provider = Optional.ofNullable(settings.oidc())
                .map(IdentitySettings.Oidc::endSessionUri)
                .map(uri -> uri.getScheme() + "://" + uri.getAuthority());
        return new ContentSecurityPolicy(frames.orderedStream().toList(), provider);
    }

    @Bean
    OpaqueTokenIntrospector tokenIntrospector(ApiTokens tokens, Officers officers) {
        return new TokenIntrospector(tokens, officers);
    }

    @Bean
    Refusals refusals(
            ProblemWriter problems, TransactionTemplate transactions, AuditLog audit, RequestCache requestCache) {
        return new Refusals(problems, transactions, audit, requestCache);
    }

    @Bean
    RequestCache requestCache() {
        return new HttpSessionRequestCache();
    }

    @Bean
    SecurityContextRepository securityContexts() {
        return new DelegatingSecurityContextRepository(
                new RequestAttributeSecurityContextRepository(), new HttpSessionSecurityContextRepository());
    }

    @Bean
    CsrfTokenRepository csrfTokens() {
        return new HttpSessionCsrfTokenRepository();
    }

    @Bean
    SessionSignIn sessionSignIn(SecurityContextRepository contexts, CsrfTokenRepository csrf, RequestCache requests) {
        return new SessionSignIn(
                contexts,
                new CompositeSessionAuthenticationStrategy(
                        List.of(new ChangeSessionIdAuthenticationStrategy(), new CsrfAuthenticationStrategy(csrf))),
                requests);
    }

    /** The session cookie. Lax, not Strict: a browser that comes back from the identity provider must bring it. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> sessionCookie(IdentitySettings settings) {
        return factory -> {
            var session = factory.getSettings().getSession();
            session.setTimeout(settings.sessionIdle());
            session.setPersistent(false);
            session.getCookie().setName("TIEZHENG");
            session.getCookie().setHttpOnly(true);
            session.getCookie().setSameSite(SameSite.LAX);
            session.getCookie().setPath("/");
        };
    }

    @Bean
    WebMvcConfigurer closedWithoutRule() {
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(new ClosedWithoutRule());
            }
        };
    }
}
