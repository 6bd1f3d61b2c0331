package org.tiezheng.archive.identity.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.ClientSettings;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.security.web.util.matcher.MediaTypeRequestMatcher;
import org.tiezheng.archive.Main;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.identity.Account;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Role;

/**
 * Signing in through a real OpenID provider, Spring Authorization Server in this JVM, over HTTP. The archive is
 * started while the provider is down.
 */
class ProviderSignInTest {
    private static final Pattern FORM_TOKEN = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");
    private static final Map<String, String> REDIRECT = new ConcurrentHashMap<>();
    private static ConfigurableApplicationContext archive;
    private static @Nullable ConfigurableApplicationContext provider;
    private static URI home;

    // No @Configuration: the archive's own scan would find it.
    @ImportAutoConfiguration({
        TomcatServletWebServerAutoConfiguration.class,
        DispatcherServletAutoConfiguration.class,
        WebMvcAutoConfiguration.class,
        SecurityAutoConfiguration.class,
        ServletWebSecurityAutoConfiguration.class,
        SecurityFilterAutoConfiguration.class,
        org.springframework.boot.security.oauth2.server.authorization.autoconfigure.servlet
                .OAuth2AuthorizationServerJwtAutoConfiguration.class
    })
    static class Provider {
        @Bean
        @Order(1)
        SecurityFilterChain protocol(HttpSecurity http) {
            return http.oauth2AuthorizationServer(server -> {
                        http.securityMatcher(server.getEndpointsMatcher());
                        server.oidc(oidc -> {});
                    })
                    .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .exceptionHandling(handling -> handling.defaultAuthenticationEntryPointFor(
                            new LoginUrlAuthenticationEntryPoint("/login"),
                            new MediaTypeRequestMatcher(MediaType.TEXT_HTML)))
                    .build();
        }

        @Bean
        @Order(2)
        SecurityFilterChain login(HttpSecurity http) {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .formLogin(form -> {})
                    .build();
        }

        @Bean
        AuthorizationServerSettings addresses() {
            return AuthorizationServerSettings.builder().build();
        }

        @Bean
        UserDetailsService people() {
            return new InMemoryUserDetailsManager(
                    User.withUsername("zhang")
                            .password("{noop}secret")
                            .authorities("inspectors")
                            .build(),
                    User.withUsername("guest")
                            .password("{noop}secret")
                            .authorities("guests")
                            .build());
        }

        @Bean
        RegisteredClientRepository clients() {
            return new RegisteredClientRepository() {
                private final String id = UUID.randomUUID().toString();

                private RegisteredClient client() {
                    return RegisteredClient.withId(id)
                            .clientId("tiezheng")
                            .clientSecret("{noop}secret")
                            .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                            .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                            .redirectUri(REDIRECT.getOrDefault("uri", "http://127.0.0.1/none"))
                            .scope("openid")
                            .scope("profile")
                            .clientSettings(ClientSettings.builder()
                                    .requireProofKey(true)
                                    .build())
                            .build();
                }

                @Override
                public void save(RegisteredClient registered) {
                    // It wants to store a better hash of the secret.
                }

                @Override
                public RegisteredClient findById(String wanted) {
                    return wanted.equals(id) ? client() : null;
                }

                @Override
                public RegisteredClient findByClientId(String wanted) {
                    return wanted.equals("tiezheng") ? client() : null;
                }
            };
        }

        @Bean
        OAuth2TokenCustomizer<JwtEncodingContext> groups() {
            return context -> context.getClaims()
                    .claim("preferred_username", context.getPrincipal().getName())
                    .claim(
                            "groups",
                            context.getPrincipal().getAuthorities().stream()
                                    .map(authority -> authority.getAuthority())
                                    .collect(Collectors.toList()));
        }
    }

    @BeforeAll
    static void start() throws IOException {
        // A port that was free a moment ago: the archive has to know the provider's address before that runs.
        int port;
        try (java.net.ServerSocket free =
                new java.net.ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        String issuer = "http://127.0.0.1:" + port;
        TestDatabase database = TestDatabase.create();
        archive = SpringApplication.run(
                Main.class,
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--tiezheng.data=" + Files.createTempDirectory("tiezheng-oidc-test"),
                "--tiezheng.database.url=" + database.url(),
                "--tiezheng.database.owner-password=" + database.ownerPassword(),
                "--tiezheng.database.app-password=" + database.appPassword(),
                "--tiezheng.identity.sign-ins-per-minute=5",
                "--tiezheng.identity.oidc.name=测试认证",
                "--tiezheng.identity.oidc.client-id=tiezheng",
                "--tiezheng.identity.oidc.client-secret=secret",
                "--tiezheng.identity.oidc.issuer=" + issuer,
                "--tiezheng.identity.oidc.authorization-uri=" + issuer + "/oauth2/authorize",
                "--tiezheng.identity.oidc.token-uri=" + issuer + "/oauth2/token",
                "--tiezheng.identity.oidc.jwk-set-uri=" + issuer + "/oauth2/jwks",
                "--tiezheng.identity.oidc.end-session-uri=" + issuer + "/connect/logout",
                "--tiezheng.identity.oidc.role-claim=groups",
                "--tiezheng.identity.oidc.roles.inspectors=INSPECTOR");
        home = URI.create("http://127.0.0.1:"
                + ((WebServerApplicationContext) archive).getWebServer().getPort() + "/");
        REDIRECT.put("uri", home + "sign-in/return/oidc");
        provider = new SpringApplicationBuilder(Provider.class)
                .run(
                        "--spring.config.location=optional:classpath:/none/",
                        "--server.port=" + port,
                        "--server.address=127.0.0.1",
                        "--server.servlet.session.cookie.name=PROVIDER",
                        "--spring.main.banner-mode=off");
    }

    @AfterAll
    static void stop() {
        if (provider != null) {
            provider.close();
        }
        archive.close();
    }

    private final HttpClient browser = HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .connectTimeout(Duration.ofSeconds(30))
            .build();

    private HttpResponse<String> get(URI address) throws IOException, InterruptedException {
        return browser.send(
                HttpRequest.newBuilder(address)
                        .header("Accept", "text/html")
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Follows redirects as a browser does, until a page comes. */
    private HttpResponse<String> follow(HttpResponse<String> answer) throws IOException, InterruptedException {
        HttpResponse<String> last = answer;
        for (int hops = 0; hops < 10 && last.statusCode() == 302; hops++) {
            last = get(last.uri().resolve(last.headers().firstValue("Location").orElseThrow()));
        }
        return last;
    }

    private HttpResponse<String> signIn(String username) throws IOException, InterruptedException {
        HttpResponse<String> page = follow(get(home.resolve("/sign-in/start/oidc")));
        Matcher token = FORM_TOKEN.matcher(page.body());
        assertThat(token.find()).as(page.uri() + "\n" + page.body()).isTrue();
        String form = Map.of("username", username, "password", "secret", "_csrf", token.group(1)).entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return follow(browser.send(
                HttpRequest.newBuilder(page.uri().resolve("/login"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                HttpResponse.BodyHandlers.ofString()));
    }

    @Test
    void somebodyWithARoleIsSignedInAsAnAccountOfOurs() throws Exception {
        assertThat(get(home.resolve("/sign-in")).body()).contains("测试认证");
        signIn("zhang");
        assertThat(get(home.resolve("/account")).statusCode()).isEqualTo(200);
        Account account =
                archive.getBean(Accounts.class).findByUsername("zhang").orElseThrow();
        assertThat(account.roles()).isEqualTo(Set.of(Role.INSPECTOR));
        assertThat(account.local()).isFalse();
        assertThat(archive.getBean(AuditLog.class)
                        .ofObject("account", account.id().toString()))
                .extracting(
                        entry -> entry.event().action() + " " + entry.event().reason())
                .contains("account.sign-in identity provider");
        Matcher token = Pattern.compile("name=\"csrf-token\" content=\"([^\"]+)\"")
                .matcher(get(home.resolve("/account")).body());
        assertThat(token.find()).isTrue();
        HttpResponse<String> out = browser.send(
                HttpRequest.newBuilder(home.resolve("/logout"))
                        .header("X-CSRF-TOKEN", token.group(1))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(out.headers().firstValue("Location").orElse("")).endsWith("/connect/logout?client_id=tiezheng");
        assertThat(get(home.resolve("/account")).statusCode()).isEqualTo(302);
        // The cookie that brings the browser back from another site.
        assertThat(get(home.resolve("/sign-in")).headers().allValues("Set-Cookie"))
                .noneMatch(cookie -> cookie.contains("SameSite=Strict"));
    }

    @Test
    void somebodyWithoutARoleIsToldAndStaysOut() throws Exception {
        HttpResponse<String> page = signIn("guest");
        assertThat(page.uri().getQuery()).isEqualTo("not-admitted");
        assertThat(page.body()).contains("在本系统没有角色");
        assertThat(get(home.resolve("/account")).statusCode()).isEqualTo(302);
        assertThat(archive.getBean(Accounts.class).findByUsername("guest")).isEmpty();
    }

    @Test
    void forgedReturnLetsNobodyIn() throws Exception {
        HttpResponse<String> page = follow(get(home.resolve("/sign-in/return/oidc?code=x&state=y")));
        assertThat(page.uri().getQuery()).isEqualTo("provider-failed");
        assertThat(List.of(302)).contains(get(home.resolve("/account")).statusCode());
    }

    /** Here, since this server has low limits of its own. */
    @Test
    void whoIsTooFastWaits() throws Exception {
        HttpResponse<String> page = null;
        for (int i = 0; i < 6; i++) {
            page = browser.send(
                    HttpRequest.newBuilder(home.resolve("/sign-in"))
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString("username=a&password=b"))
                            .timeout(Duration.ofSeconds(60))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
        assertThat(page).isNotNull();
        assertThat(page.statusCode()).isEqualTo(429);
        assertThat(Integer.parseInt(page.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 60);
        HttpResponse<String> answer = null;
        for (int i = 0; i < 6; i++) {
            answer = get(home.resolve("/api/v1/me"));
        }
        assertThat(answer).isNotNull();
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
    }
}
