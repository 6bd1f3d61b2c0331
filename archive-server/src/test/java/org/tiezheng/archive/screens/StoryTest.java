package org.tiezheng.archive.screens;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.WebDriverWait;
import org.springframework.beans.factory.annotation.Autowired;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.ApiTokens;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.Scope;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.capture.Station;
import org.tiezheng.capture.agent.Agent;
import org.tiezheng.capture.agent.AgentSettings;
import org.tiezheng.demo.DemoShop;
import org.tiezheng.demo.Origin;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/**
 * The whole way, everything real: an inspector captures a shop, watches, opens the evidence, replays it, has it verified,
 * downloads it, and the offline verifier agrees; two officers confirm, one cannot be both; who has another role is refused.
 */
class StoryTest extends ServerTest {
    /** A capture with everything on a busy machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir
    Path folder;

    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private ApiTokens tokens;

    @Autowired
    private EvidenceCatalogue catalogue;

    @Autowired
    private ArchiveFolder archive;

    @Autowired
    private Clock clock;

    @Test
    @Timeout(900)
    void captureWatchOpenReplayVerifyDownloadConfirm() throws Exception {
        TestUsers.User first = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        TestUsers.User second = TestUsers.officer(accounts, officers, Role.SECOND_OFFICER);
        Map<Origin.Listener, Integer> ports = new EnumMap<>(Origin.Listener.class);
        ports.put(Origin.Listener.HTTP, 0);
        // Beside the server's own folder, as the agent inside the server has it: the server trusts the root found
        // there.
        Path data = archive.root().resolveSibling(".").normalize();
        try (Origin shop = Origin.start(new DemoShop(), ports);
                Agent agent = agent(data);
                TestBrowser browser =
                        TestBrowser.start(URI.create(uri("/").toString().replace("127.0.0.1", "localhost")))) {
            agent.start();
            browser.signIn(first);

            UUID id = capture(browser, shop.url(Origin.Listener.HTTP) + "/", second);
            Evidence evidence = catalogue.find(id).orElseThrow();
            assertThat(evidence.verdict()).isEqualTo(Verdict.VALID);

            look(browser, id);
            replay(browser, id);
            verifyNow(browser, id);
            download(browser, evidence, data.resolve("trust/root.pem"));
            confirm(browser, id, first, second);
            refuseOthers(browser, id);
        }
    }

    private Agent agent(Path data) throws IOException {
        TestUsers.User owner = TestUsers.create(accounts);
        String token = TestUsers.token(tokens, owner, Scope.AGENT);
        Station station = Station.open(
                data,
                new Station.Options(List.of(), List.of(), true, List.of(), null),
                Path.of(System.getProperty("java.io.tmpdir")),
                clock);
        return Agent.open(
                new AgentSettings(
                        AgentSettings.server(uri("/").toString(), true),
                        () -> token,
                        "story",
                        1,
                        Duration.ofSeconds(20),
                        null),
                station,
                data,
                "test",
                event -> {},
                clock);
    }

    private static UUID capture(TestBrowser browser, String url, TestUsers.User second) {
        browser.open("/captures/new", "zh");
        browser.find("[name=urls]").sendKeys(url);
        // Below a fold, which a hurried inspector leaves closed.
        browser.run("arguments[0].value = '核对宣传用语'", browser.find("[name=purpose]"));
        WebElement officer = browser.find("[name=secondOfficer]");
        browser.run(
                "const f = arguments[0]; f.value = arguments[1]; f.dispatchEvent(new Event('change', {bubbles: true}))",
                officer,
                second.id());
        browser.run("arguments[0].form.requestSubmit()", officer);
        new WebDriverWait(browser.driver(), PATIENCE)
                .until(one -> !one.findElements(By.id("evidence-link")).isEmpty());
        String href = browser.find("#evidence-link").getDomAttribute("href");
        return UUID.fromString(
                String.valueOf(href).replaceAll(".*/evidence/", "").substring(0, 36));
    }

    private static void look(TestBrowser browser, UUID id) {
        browser.open("/evidence/" + id, "zh");
        assertThat(browser.find("[data-verdict]").getText()).contains("核验一致").doesNotContain("真实");
        browser.until("document.querySelector('.viewer-page img')?.naturalWidth > 0");
        assertThat((String) browser.run("return document.querySelector('[data-scale]').textContent"))
                .endsWith("%");
        // The keyboard zooms, the parts are links that htmx fetches.
        browser.run("document.querySelector('.viewer-pane').focus()");
        new org.openqa.selenium.interactions.Actions(browser.driver())
                .sendKeys("0")
                .perform();
        browser.until("document.querySelector('[data-scale]').textContent === '100 %'");
        browser.driver().findElement(By.cssSelector(".tabs a[href$='/text']")).click();
        browser.until("document.querySelector('.page-text')?.textContent.includes('云溪茶铺')");
        browser.driver().findElement(By.cssSelector(".tabs a[href$='/wire']")).click();
        browser.until("document.querySelectorAll('#exchange-rows tr[data-row]').length > 5");
        // By script: the head of the table stays in view and may stand over the first row where the driver scrolls to.
        browser.run("document.querySelector('#exchange-rows a').click()");
        browser.until("document.querySelector('dialog[open] .headers')");
        assertThat(browser.complaints()).isEmpty();
    }

    /** The archived page's own text in the frame of the other origin; the shop itself is not asked. */
    private static void replay(TestBrowser browser, UUID id) {
        browser.open("/evidence/" + id + "/replay", "zh");
        for (int attempt = 0; ; attempt++) {
            try {
                browser.until("['shown', 'failed'].includes(document.querySelector('[data-replay]').dataset.state)");
                break;
            } catch (org.openqa.selenium.TimeoutException slow) {
                // Cold loads of the player sometimes never end: the page offers what a reader would do then.
                if (attempt == 2) {
                    throw slow;
                }
                browser.find("[data-replay-reload]").click();
            }
        }
        assertThat(browser.find("[data-replay]").getDomAttribute("data-state")).isEqualTo("shown");
        browser.driver().switchTo().frame(browser.find(".replay-frame"));
        new WebDriverWait(browser.driver(), Duration.ofSeconds(60)).until(one -> {
            Object text = browser.run("""
                    const read = (doc) => {
                      let all = doc.body?.innerText ?? '';
                      const frames = (root) => [...root.querySelectorAll('*')].flatMap((e) =>
                        [...(e.tagName === 'IFRAME' ? [e] : []), ...(e.shadowRoot ? frames(e.shadowRoot) : [])]);
                      for (const frame of frames(doc)) if (frame.contentDocument) all += read(frame.contentDocument);
                      return all;
                    };
                    return read(document);""");
            return String.valueOf(text).contains("明前高山茶");
        });
        browser.driver().switchTo().defaultContent();
        assertThat(String.valueOf(browser.run("return new URL(document.querySelector('.replay-frame').src).origin")))
                .isNotEqualTo(String.valueOf(browser.run("return location.origin")));
    }

    private static void verifyNow(TestBrowser browser, UUID id) {
        browser.open("/evidence/" + id + "/verify", "zh");
        browser.find("[data-verify-now]").click();
        new WebDriverWait(browser.driver(), PATIENCE)
                .until(one -> one.findElements(By.cssSelector("#verification[data-state=DONE]"))
                                .size()
                        == 1);
        assertThat(browser.find("#verification").getDomAttribute("data-verdict"))
                .isEqualTo("VALID");
        assertThat(browser.find("#verification").getText()).contains("核验一致", "Z01", "W07", "T02", "S02");
    }

    /** With the browser's own session, by the link on the page; judged by the verifier as anybody would run it. */
    private void download(TestBrowser browser, Evidence evidence, Path root) throws Exception {
        String href = String.valueOf(browser.find("a[href$='/package']").getDomProperty("href"));
        StringBuilder cookies = new StringBuilder();
        for (Cookie cookie : browser.driver().manage().getCookies()) {
            cookies.append(cookie.getName())
                    .append('=')
                    .append(cookie.getValue())
                    .append("; ");
        }
        Path file = folder.resolve(evidence.fileName());
        HttpResponse<Path> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(href))
                                .timeout(Duration.ofSeconds(60))
                                .header("Cookie", cookies.toString())
                                .build(),
                        HttpResponse.BodyHandlers.ofFile(file));
        assertThat(answer.statusCode()).isEqualTo(200);
        // Proofs that were made since it was archived may have come in.
        assertThat(Files.size(file)).isGreaterThanOrEqualTo(evidence.packageBytes());
        Report report =
                new Verifier(TrustAnchors.ofFiles(List.of(root)), clock, new VerifierOptions(true, true)).verify(file);
        assertThat(report.verdict()).as("%s", report.problems()).isEqualTo(Verdict.VALID);
    }

    private void confirm(TestBrowser browser, UUID id, TestUsers.User first, TestUsers.User second) {
        browser.open("/evidence/" + id + "/history", "zh");
        browser.find("[data-confirm-self]").click();
        browser.until("document.getElementById('confirm').open");
        browser.find("#confirm button[value=yes]").click();
        browser.until("document.querySelectorAll('[data-confirmation]').length === 1");
        onTheSpot(browser, first);
        browser.until("document.querySelector('#confirmation [role=alert]')");
        assertThat(catalogue.find(id).orElseThrow().confirmedAt()).isNull();
        onTheSpot(browser, second);
        browser.until("document.querySelectorAll('[data-confirmation]').length === 2");
        assertThat(catalogue.find(id).orElseThrow().confirmedAt()).isNotNull();
    }

    private static void onTheSpot(TestBrowser browser, TestUsers.User officer) {
        browser.run("document.querySelector('details.spot').open = true");
        browser.find("#spot-name").sendKeys(officer.account().username());
        browser.find("#spot-password").sendKeys(officer.password());
        WebElement form = browser.find("details.spot form");
        browser.run("arguments[0].requestSubmit()", form);
        new WebDriverWait(browser.driver(), Duration.ofSeconds(60))
                .until(org.openqa.selenium.support.ui.ExpectedConditions.stalenessOf(form));
    }

    private void refuseOthers(TestBrowser browser, UUID id) {
        browser.signOut();
        browser.signIn(TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR));
        browser.open("/evidence/" + id, "zh");
        assertThat(browser.status()).isEqualTo(403);
        assertThat(browser.find("main").getText()).doesNotContain("云溪茶铺");
        browser.signOut();
        browser.open("/evidence/" + id, "zh");
        assertThat(String.valueOf(browser.run("return location.pathname"))).startsWith("/sign-in");
    }
}
