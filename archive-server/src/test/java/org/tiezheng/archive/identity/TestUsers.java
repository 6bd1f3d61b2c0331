package org.tiezheng.archive.identity;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiezheng.archive.audit.Actor;

/**
 * People for tests, made by the real services:
 *
 * <pre>{@code
 * TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
 * TestUsers.Browser browser = TestUsers.signIn(uri("/"), officer);       // over HTTP, in a ServerTest
 * HttpResponse<String> page = browser.get("/evidence");
 * HttpResponse<String> done = browser.post("/captures", Map.of("urls", "https://…"));
 * }</pre>
 */
public final class TestUsers {
    /** Of everybody here. */
    public static final String PASSWORD = "Zhi-fa_2026 gou chang";

    private static final Actor TEST = Actor.system("test");
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern CSRF = Pattern.compile("name=\"csrf-token\" content=\"([^\"]+)\"");
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private TestUsers() {}

    /** @param password to sign in with */
    public record User(Account account, String password) {
        public String id() {
            return account.id().toString();
        }

        /** As actor of something done without a request. */
        public Actor actor() {
            return new Actor(
                    id(), account.displayName(), Accounts.names(account.roles()), null, "192.0.2.1", "test-session");
        }
    }

    /** Somebody with these roles, none of them an officer. */
    public static User create(Accounts accounts, Role... roles) {
        int number = NUMBER.incrementAndGet();
        String username = "test" + number + "-"
                + Long.toString(System.nanoTime(), Character.MAX_RADIX).toLowerCase(java.util.Locale.ROOT);
        Account account = accounts.create(new NewAccount(username, "执法人员" + number, Set.of(roles), PASSWORD), TEST)
                .account();
        return new User(account, PASSWORD);
    }

    /** Somebody with these roles and a certificate in force from 2020 to 2039. */
    public static User officer(Accounts accounts, Officers officers, Role... roles) {
        User user = create(accounts, roles);
        officers.set(
                user.account().id(),
                "示例市市场监督管理局",
                "TEST-" + user.account().username(),
                LocalDate.of(2020, 1, 1),
                LocalDate.of(2039, 12, 31),
                TEST);
        return user;
    }

    /** A token of this user; the secret, for {@code Authorization: Bearer}. */
    public static String token(ApiTokens tokens, User user, Scope... scopes) {
        return tokens.create(user.account().id(), "test", Set.of(scopes), Duration.ofDays(1), TEST)
                .secret();
    }

    /** Signs in over HTTP, as a browser does. */
    public static Browser signIn(URI server, User user) throws IOException, InterruptedException {
        Browser browser = new Browser(server);
        HttpResponse<String> answer =
                browser.post("/sign-in", Map.of("username", user.account().username(), "password", user.password()));
        if (answer.statusCode() != 302) {
            throw new IllegalStateException("sign-in answered " + answer.statusCode() + "\n" + answer.body());
        }
        return browser;
    }

    /** A client with cookies that brings the CSRF token of the last page it saw. Follows no redirect. */
    public static final class Browser {
        private final URI server;
        private final CookieManager cookies = new CookieManager();
        private final HttpClient client;

        public Browser(URI server) {
            this.server = server.resolve("/");
            this.client = HttpClient.newBuilder()
                    .cookieHandler(cookies)
                    .connectTimeout(TIMEOUT)
                    .build();
        }

        public HttpResponse<String> get(String path) throws IOException, InterruptedException {
            return send(HttpRequest.newBuilder(server.resolve(path)).GET());
        }

        /** Submits a form. */
        public HttpResponse<String> post(String path, Map<String, String> fields)
                throws IOException, InterruptedException {
            String form = fields.entrySet().stream()
                    .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
                    .collect(Collectors.joining("&"));
            return send(HttpRequest.newBuilder(server.resolve(path))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .header("X-CSRF-TOKEN", csrf())
                    .POST(HttpRequest.BodyPublishers.ofString(form)));
        }

        /** Sends anything; with a method that changes something, add {@code X-CSRF-TOKEN} from {@link #csrf()}. */
        public HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
            return client.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
        }

        /** The CSRF token of this browser's session. */
        public String csrf() throws IOException, InterruptedException {
            Matcher token = CSRF.matcher(get("/sign-in").body());
            if (!token.find()) {
                throw new IllegalStateException("no CSRF token on the sign-in page");
            }
            return token.group(1);
        }

        public CookieManager cookies() {
            return cookies;
        }

        private static String encode(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8);
        }
    }
}
