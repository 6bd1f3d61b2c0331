package org.tiezheng.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.capture.record.Completeness.Reason;
import org.tiezheng.capture.record.Completeness.Verdict;
import org.tiezheng.capture.record.Step;
import org.tiezheng.evidence.wire.Undecoded;

class CompletenessJudgeTest {
    private static final Instant T0 = Instant.parse("2026-11-21T08:00:00Z");
    private static final String PAGE = "https://shop.example/item?id=1";

    private final CompletenessJudge judge = new CompletenessJudge(PageRules.load());
    private final List<BrowserRequest> requests = new ArrayList<>();
    private final List<WireExchange> exchanges = new ArrayList<>();
    private final List<Undecoded> undecoded = new ArrayList<>();
    private final List<String> denied = new ArrayList<>();
    private final List<String> losses = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    @Test
    void pageWhoseRequestsAllHaveTheirExchangeIsComplete() {
        both("GET", PAGE, 200);
        both("GET", "https://shop.example/a.png", 200);
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.verdict()).isEqualTo(Verdict.COMPLETE);
        assertThat(verdict.counts().matched()).isEqualTo(2);
        assertThat(verdict.counts().requests()).isEqualTo(2);
    }

    @Test
    void requestTheBrowserGotFromTheNetworkWithoutAnExchangeIsMissing() {
        both("GET", PAGE, 200);
        browser("GET", "https://shop.example/price.json", 200);
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.verdict()).isEqualTo(Verdict.PARTIAL);
        assertThat(codes(verdict.reasons())).containsExactly("MISSING_EXCHANGE");
        assertThat(verdict.reasons().get(0).detail()).contains("price.json");
        assertThat(verdict.counts().missing()).isEqualTo(1);
    }

    @Test
    void sameAddressTwiceNeedsTwoExchanges() {
        both("GET", PAGE, 200);
        both("GET", "https://shop.example/poll", 200);
        browser("GET", "https://shop.example/poll", 200);
        assertThat(judge(shopPage(), 200).counts().missing()).isEqualTo(1);
        wire("GET", "https://shop.example/poll", 200, null);
        assertThat(judge(shopPage(), 200).counts().missing()).isZero();
    }

    @Test
    void failedRequestDoesNotTakeTheExchangeOfTheOneThatWentWell() {
        both("GET", PAGE, 200);
        requests.add(new BrowserRequest(
                "GET",
                "https://shop.example/x",
                T0,
                null,
                BrowserRequest.Source.NETWORK,
                "Fetch",
                true,
                "net::ERR_CONNECTION_RESET",
                false));
        browser("GET", "https://shop.example/x", 200);
        wire("GET", "https://shop.example/x", 200, null);
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.counts().missing()).isZero();
        assertThat(codes(verdict.reasons())).containsExactly("RESOURCE_FAILED");
    }

    @Test
    void preflightsAndSiteIconOnTheWireAloneAreClassedAndNoLoss() {
        both("GET", PAGE, 200);
        wire("OPTIONS", "https://api.example/v1", 204, null);
        wire("GET", "https://shop.example/favicon.ico", 200, null);
        wire("GET", "https://shop.example/other", 200, null);
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.verdict()).isEqualTo(Verdict.COMPLETE);
        assertThat(verdict.counts().extra()).isEqualTo(3);
        assertThat(verdict.counts().extraPreflight()).isEqualTo(1);
        assertThat(verdict.counts().extraFavicon()).isEqualTo(1);
        assertThat(verdict.counts().extraOther()).isEqualTo(1);
        assertThat(codes(verdict.notes())).containsExactly("EXTRA_EXCHANGE");
    }

    @Test
    void cacheServiceWorkerAndLocalRequestsNeedNoExchange() {
        both("GET", PAGE, 200);
        from(BrowserRequest.Source.CACHE);
        from(BrowserRequest.Source.SERVICE_WORKER);
        from(BrowserRequest.Source.LOCAL);
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.verdict()).isEqualTo(Verdict.COMPLETE);
        assertThat(verdict.counts().fromCache()).isEqualTo(1);
        assertThat(verdict.counts().fromServiceWorker()).isEqualTo(1);
        assertThat(verdict.counts().local()).isEqualTo(1);
        assertThat(verdict.counts().requests()).isEqualTo(3);
    }

    @Test
    void hostThatDoesNotResolveIsAReason() {
        both("GET", PAGE, 200);
        failed("https://cdn.example/a.js", "net::ERR_NAME_NOT_RESOLVED", false);
        failed("https://cdn.example/b.js", "net::ERR_NAME_NOT_RESOLVED", false);
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.verdict()).isEqualTo(Verdict.PARTIAL);
        assertThat(verdict.reasons()).hasSize(1);
        assertThat(verdict.reasons().get(0).detail()).contains("net::ERR_NAME_NOT_RESOLVED: 2;", "cdn.example");
        assertThat(verdict.counts().failed()).isEqualTo(2);
    }

    @Test
    void behindTheRelayTheRecorderKnowsWhyAHostWasNotReached() {
        both("GET", PAGE, 200);
        failed("https://gone.example/a.js", "net::ERR_SOCKS_CONNECTION_FAILED", false);
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.reasons().get(0).detail()).contains("name-error NXDOMAIN: 1; https://gone.example/a.js");
        verdict = judge(SeenPage.none("https://gone.example/", "net::ERR_SOCKS_CONNECTION_FAILED"), null);
        assertThat(verdict.reasons().get(0).detail()).isEqualTo("name-error NXDOMAIN");
    }

    @Test
    void whatThePageCancelledOrTheBrowserForbadeIsANote() {
        both("GET", PAGE, 200);
        failed("https://shop.example/stream", "net::ERR_ABORTED", true);
        failed("https://ads.example/x", "net::ERR_BLOCKED_BY_RESPONSE", false);
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.verdict()).isEqualTo(Verdict.COMPLETE);
        assertThat(codes(verdict.notes())).containsExactly("CANCELLED");
        assertThat(verdict.counts().cancelled()).isEqualTo(2);
    }

    @Test
    void deniedConnectionsAreAReasonOnce() {
        both("GET", PAGE, 200);
        failed("http://169.254.169.254/latest", "net::ERR_SOCKS_CONNECTION_FAILED", false);
        denied.add("169.254.169.254");
        Completeness verdict = judge(shopPage(), 200);
        assertThat(codes(verdict.reasons())).containsExactly("DENIED_BY_EGRESS");
        assertThat(verdict.counts().denied()).isEqualTo(1);
        assertThat(verdict.counts().failed()).isZero();
    }

    @Test
    void responseThatBrokeOffIsALossUnlessNobodyWantedTheRest() {
        both("GET", PAGE, 200);
        browser("GET", "https://shop.example/big", 200);
        wire("GET", "https://shop.example/big", 200, "disconnect");
        requests.add(new BrowserRequest(
                "GET",
                "https://shop.example/events",
                T0,
                200,
                BrowserRequest.Source.NETWORK,
                "EventSource",
                false,
                null,
                false));
        wire("GET", "https://shop.example/events", 200, "disconnect");
        Completeness verdict = judge(shopPage(), 200);
        assertThat(codes(verdict.reasons())).containsExactly("TRUNCATED");
        assertThat(verdict.reasons().get(0).detail()).contains("/big").doesNotContain("/events");
        assertThat(codes(verdict.notes())).containsExactly("OPEN_ENDED");
        assertThat(verdict.counts().truncated()).isEqualTo(2);
    }

    @Test
    void requestWithoutAnswerAtTheEndIsAReason() {
        both("GET", PAGE, 200);
        requests.add(new BrowserRequest(
                "GET",
                "https://shop.example/never",
                T0,
                null,
                BrowserRequest.Source.NETWORK,
                "Script",
                false,
                null,
                false));
        wire("GET", "https://shop.example/never", null, "unspecified");
        Completeness verdict = judge(shopPage(), 200);
        assertThat(codes(verdict.reasons())).contains("UNANSWERED");
        assertThat(verdict.verdict()).isEqualTo(Verdict.PARTIAL);
    }

    @Test
    void undecodedStretchesLimitsAndCutsAreReasons() {
        both("GET", PAGE, 200);
        undecoded.add(new Undecoded(3, null, T0, 100, "no-tls-secret", ""));
        undecoded.add(new Undecoded(4, null, T0, 50, "no-tls-secret", ""));
        losses.add("capture-bytes: 209715200");
        SeenPage cut = new SeenPage(
                true, null, PAGE, false, "铁证", "x".repeat(5000), 5000, 10, 3, false, false, List.of("cut at 60000 px"));
        Completeness verdict = judge(cut, 200);
        assertThat(codes(verdict.reasons()))
                .containsExactlyInAnyOrder("UNDECODED", "RECORDING_CUT", "PAGE_CUT", "IMAGES_NOT_LOADED");
        assertThat(verdict.counts().undecoded()).isEqualTo(2);
        assertThat(verdict.counts().imagesNotLoaded()).isEqualTo(3);
    }

    @Test
    void stepsThatFailedAreReasonsButNotThoseOfTheSurroundings() {
        both("GET", PAGE, 200);
        steps.add(new Step(1, StepNames.CLOCK_BEFORE, T0, T0, Step.Outcome.ERROR, "no server"));
        steps.add(new Step(2, StepNames.VIDEO_START, T0, T0, Step.Outcome.SKIPPED, "not wanted"));
        assertThat(judge(shopPage(), 200).verdict()).isEqualTo(Verdict.COMPLETE);
        steps.add(new Step(3, StepNames.LOAD, T0, T0, Step.Outcome.TIMEOUT, "30 s"));
        steps.add(new Step(4, StepNames.PDF, T0, T0, Step.Outcome.ERROR, "no"));
        Completeness verdict = judge(shopPage(), 200);
        assertThat(codes(verdict.reasons())).containsExactly("LOAD_TIMEOUT", "STEP_FAILED");
        assertThat(verdict.verdict()).isEqualTo(Verdict.PARTIAL);
    }

    @Test
    void noDocumentIsFailed() {
        failed(PAGE, "net::ERR_NAME_NOT_RESOLVED", false);
        Completeness verdict = judge(SeenPage.none(PAGE, "net::ERR_NAME_NOT_RESOLVED"), null);
        assertThat(verdict.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(codes(verdict.reasons())).containsExactly("NO_DOCUMENT");
    }

    @Test
    void refusalWithoutAPageToShowIsSaidAsWhatItIs() {
        both("GET", PAGE, 401);
        Completeness verdict = judge(SeenPage.none(PAGE, "net::ERR_INVALID_AUTH_CREDENTIALS"), 401);
        assertThat(verdict.verdict()).isEqualTo(Verdict.LOGIN_REQUIRED);
        assertThat(codes(verdict.reasons())).containsExactly("NO_DOCUMENT", "LOGIN_SUSPECTED");
    }

    @Test
    void webSocketOverHttp2MatchesItsConnect() {
        both("GET", PAGE, 200);
        requests.add(new BrowserRequest(
                "GET",
                "wss://shop.example/ws",
                T0,
                200,
                BrowserRequest.Source.NETWORK,
                "WebSocket",
                true,
                null,
                false));
        wire("CONNECT", "https://shop.example/ws", 200, null);
        assertThat(judge(shopPage(), 200).verdict()).isEqualTo(Verdict.COMPLETE);
    }

    @Test
    void strayFramesOfStreamsThatAreOverAreANote() {
        both("GET", PAGE, 200);
        undecoded.add(new Undecoded(1, null, T0, 0, "http2-stray", ""));
        Completeness verdict = judge(shopPage(), 200);
        assertThat(verdict.verdict()).isEqualTo(Verdict.COMPLETE);
        assertThat(codes(verdict.notes())).containsExactly("UNDECODED");
    }

    @Test
    void pageThatShowsNothingIsEmpty() {
        both("GET", PAGE, 200);
        Completeness verdict = judge(page("", ""), 200);
        assertThat(verdict.verdict()).isEqualTo(Verdict.EMPTY);
    }

    @Test
    void canvasOnlyPageIsNotEmpty() {
        both("GET", PAGE, 200);
        SeenPage canvas = new SeenPage(true, null, PAGE, false, "", "", 0, 0, 0, false, true, List.of());
        assertThat(judge(canvas, 200).verdict()).isEqualTo(Verdict.COMPLETE);
    }

    @Test
    void notFoundPageIsSaidToBeOne() {
        both("GET", PAGE, 404);
        Completeness verdict = judge(shopPage(), 404);
        assertThat(verdict.verdict()).isEqualTo(Verdict.PARTIAL);
        assertThat(codes(verdict.reasons())).containsExactly("MAIN_STATUS");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "status 403        | 403 | Forbidden | nginx | BLOCKED | status-refused",
                "status 429        | 429 | Oops | slow down | BLOCKED | status-refused",
                "status 451        | 451 | Oops | law | BLOCKED | status-refused",
                "status 503        | 503 | Oops | later | BLOCKED | status-503",
                "status 401        | 401 | Oops | who are you | LOGIN_REQUIRED | status-401",
                "captcha title     | 200 | 安全验证 | 请 | BLOCKED | captcha-title",
                "captcha text      | 200 | 店铺 | 请按住滑块,拖动到最右边 | BLOCKED | captcha-text-zh",
                "rate limit        | 200 | 提示 | 访问过于频繁,请稍后再试 | BLOCKED | rate-text",
                "cloudflare        | 200 | Just a moment... | Verify you are human | BLOCKED | captcha-title",
                "login text        | 200 | 提示 | 请登录后查看商品价格 | LOGIN_REQUIRED | login-text",
                "login title       | 200 | 用户登录 | 用户名 密码 | LOGIN_REQUIRED | login-title",
            })
    void refusalAndLoginPagesAreNamedWithTheirRule(
            String name, int status, String title, String text, Verdict expected, String rule) {
        both("GET", PAGE, status);
        Completeness verdict = judge(page(title, text), status);
        assertThat(verdict.verdict()).isEqualTo(expected);
        assertThat(verdict.reasons()).extracting(Reason::rule).contains(rule);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "to passport host | https://passport.shop.example/in?from=x | LOGIN_REQUIRED | login-redirect",
                "to login path    | https://shop.example/user/login?u=1     | LOGIN_REQUIRED | login-redirect",
                "to punish page   | https://shop.example/_____tmd_____/punish?x=1 | BLOCKED | captcha-address",
            })
    void redirectToALoginOrCaptchaAddressIsNamed(String name, String url, Verdict expected, String rule) {
        both("GET", url, 200);
        SeenPage page =
                new SeenPage(true, null, url, true, "欢迎", "欢迎 ".repeat(500), 1500, 3, 0, false, false, List.of());
        Completeness verdict = judge(page, 200);
        assertThat(verdict.verdict()).isEqualTo(expected);
        assertThat(verdict.reasons()).extracting(Reason::rule).containsExactly(rule);
    }

    @Test
    void shopPageThatMentionsLoginAndCaptchaIsNoRefusal() {
        both("GET", PAGE, 200);
        String text = "请登录 免费注册 获取验证码 商品详情 ".repeat(40) + "价格 19.90";
        SeenPage page = new SeenPage(
                true,
                null,
                "https://shop.example/login-free-shipping",
                false,
                "茶叶专卖店",
                text,
                text.length(),
                20,
                0,
                false,
                false,
                List.of());
        assertThat(judge(page, 200).verdict()).isEqualTo(Verdict.COMPLETE);
    }

    @Test
    void passwordFieldWithLittleTextIsALogin() {
        both("GET", PAGE, 200);
        SeenPage page = new SeenPage(true, null, PAGE, false, "欢迎", "账号 密码", 5, 1, 0, true, false, List.of());
        assertThat(judge(page, 200).reasons()).extracting(Reason::rule).containsExactly("login-field");
    }

    @Test
    void rulesWithoutConditionOrWithAnotherVerdictAreRefused() {
        for (String bad : List.of(
                "{\"version\":\"1\",\"comment\":\"\",\"rules\":[{\"id\":\"x\",\"verdict\":\"BLOCKED\",\"why\":\"\"}]}",
                "{\"version\":\"1\",\"comment\":\"\",\"rules\":[{\"id\":\"x\",\"verdict\":\"COMPLETE\",\"status\":[1],\"why\":\"\"}]}",
                "{\"version\":\"1\",\"comment\":\"\",\"rules\":[{\"id\":\"x\",\"verdict\":\"BLOCKED\",\"url\":\"(\",\"why\":\"\"}]}",
                "{\"version\":\"1\",\"comment\":\"\",\"rules\":[{\"id\":\"x\",\"verdict\":\"BLOCKED\",\"stats\":[1],\"why\":\"\"}]}")) {
            assertThatThrownBy(() -> PageRules.parse(new ByteArrayInputStream(bad.getBytes(StandardCharsets.UTF_8))))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void addressesAreComparedWithoutWhatNeverReachesTheServer() {
        assertThat(Addresses.comparable("HTTPS://Shop.Example:443#top")).isEqualTo("https://shop.example/");
        assertThat(Addresses.comparable("wss://a.example/x?y#z")).isEqualTo("https://a.example/x?y");
        assertThat(Addresses.comparable("http://a.example:8080?q")).isEqualTo("http://a.example:8080/?q");
        assertThat(Addresses.comparable("data:text/plain,x#y")).isEqualTo("data:text/plain,x");
        assertThat(Addresses.host("https://u@[::1]:8443/x")).isEqualTo("::1");
        assertThat(Addresses.host("nothing")).isEmpty();
    }

    // ---- building a case ----

    private Completeness judge(SeenPage page, @Nullable Integer status) {
        return judge.judge(new CompletenessJudge.Case(
                page,
                status,
                requests,
                exchanges,
                undecoded,
                denied,
                Map.of("gone.example", "name-error NXDOMAIN"),
                losses,
                steps));
    }

    private static SeenPage shopPage() {
        String text = "明前龙井 250克 价格 128.00 月销 3200 ".repeat(30);
        return new SeenPage(true, null, PAGE, false, "明前龙井", text, text.length(), 12, 0, false, false, List.of());
    }

    private static SeenPage page(String title, String text) {
        return new SeenPage(true, null, PAGE, false, title, text, text.length(), 0, 0, false, false, List.of());
    }

    private void both(String method, String url, int status) {
        browser(method, url, status);
        wire(method, url, status, null);
    }

    private void browser(String method, String url, int status) {
        requests.add(new BrowserRequest(
                method,
                url,
                T0.plusMillis(requests.size()),
                status,
                BrowserRequest.Source.NETWORK,
                "Other",
                true,
                null,
                false));
    }

    private void failed(String url, String error, boolean cancelled) {
        requests.add(new BrowserRequest(
                "GET",
                url,
                T0.plusMillis(requests.size()),
                null,
                BrowserRequest.Source.NETWORK,
                "Script",
                true,
                error,
                cancelled));
    }

    private void from(BrowserRequest.Source source) {
        requests.add(new BrowserRequest("GET", "https://shop.example/c", T0, 200, source, "Image", true, null, false));
    }

    private void wire(String method, String url, @Nullable Integer status, @Nullable String truncated) {
        exchanges.add(new WireExchange(1, 0, method, url, T0.plusMillis(exchanges.size()), status, truncated));
    }

    private static List<String> codes(List<Reason> reasons) {
        return reasons.stream().map(Reason::code).toList();
    }
}
