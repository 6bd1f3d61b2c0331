package org.tiezheng.capture.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.browser.cdp.CdpException;
import org.tiezheng.capture.browser.cdp.Json;

/** Pages that do not behave: each step ends, and what can still be had is had. */
class HangingPagesTest {
    private static final Duration TWO = Duration.ofSeconds(2);

    @Test
    void anEndlessScriptIsTerminatedAndThePagePhotographed(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page(
                    "/",
                    "<title>loop</title><body style='background:#c00'><script>setTimeout(() => { for (;;) {} }, 200)</script>");
            bench.load(site.url("/"));
            Pause.millis(400);
            PageFacts facts = bench.page.facts(TWO);
            assertThat(facts.title()).isEqualTo("loop");
            assertThat(bench.page
                            .viewportScreenshot(folder.resolve("v.png"), Bench.TEN)
                            .sizeBytes())
                    .isPositive();
        }
    }

    @Test
    void aLoopBeforeAnythingIsShownIsTerminatedToo(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", "<title>loop</title><script>for (;;) {}</script><p>后面</p>");
            Navigation navigation = bench.page.navigate(site.url("/"), Bench.TEN);
            LoadOutcome outcome = bench.page.waitLoad(navigation, TWO);
            assertThat(outcome.loaded()).isFalse();
            StoredFile shot = bench.page.viewportScreenshot(folder.resolve("v.png"), TWO);
            assertThat(shot.sizeBytes()).isPositive();
            assertThat(Files.readString(
                            bench.page.text(folder.resolve("t"), Bench.TEN).file()))
                    .contains("后面");
        }
    }

    @Test
    void aMainResponseThatNeverComesLeavesAUsablePage(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            Navigation navigation = bench.page.navigate(site.url("/never"), TWO);
            assertThat(navigation.timedOut()).isTrue();
            assertThat(bench.page.waitLoad(navigation, TWO).loaded()).isFalse();
            assertThat(bench.page
                            .viewportScreenshot(folder.resolve("v.png"), Bench.TEN)
                            .sizeBytes())
                    .isPositive();
            site.page("/", "<title>next</title>");
            assertThat(bench.load(site.url("/")).loaded()).isTrue();
            assertThat(bench.page.facts(TWO).title()).isEqualTo("next");
        }
    }

    @Test
    void aPageThatNeverEndsGivesAllArtefacts(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            Navigation navigation = bench.page.navigate(site.url("/unending"), Bench.TEN);
            LoadOutcome outcome = bench.page.waitLoad(navigation, TWO);
            assertThat(outcome.loaded()).isFalse();
            assertThat(outcome.navigations()).isEqualTo(1);
            IdleOutcome idle = bench.page.networkIdle(() -> Long.MAX_VALUE, Duration.ofMillis(200), TWO);
            assertThat(idle.idle()).isFalse();
            assertThat(idle.inFlight()).isEqualTo(1);
            assertThat(bench.page.facts(TWO).title()).isEqualTo("unending");
            assertThat(Files.readString(bench.page
                            .dom(folder.resolve("dom.html"), Bench.TEN)
                            .file()))
                    .contains("还没完");
            assertThat(bench.page.mhtml(folder.resolve("p.mhtml"), Bench.TEN).sizeBytes())
                    .isPositive();
            assertThat(bench.page
                            .fullPageScreenshot(folder, ScreenshotLimits.DEFAULT, Bench.TEN)
                            .tiles())
                    .hasSize(1);
            assertThat(bench.page.pdf(folder.resolve("p.pdf"), Bench.TEN).sizeBytes())
                    .isPositive();
        }
    }

    @Test
    void dialogsAreAnsweredWithoutAgreeingToAnything(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page(
                    "/",
                    "<body><p id=p></p><script>alert('特价');"
                            + "const c = confirm('同意吗?'); const n = prompt('姓名', '张');"
                            + "document.getElementById('p').textContent = 'c=' + c + ' n=' + n;"
                            + "addEventListener('beforeunload', e => { e.preventDefault(); e.returnValue = 'x'; });"
                            + "</script>");
            site.page("/next", "<title>next</title>");
            assertThat(bench.load(site.url("/")).loaded()).isTrue();
            assertThat(bench.page.facts(TWO).textStart()).contains("c=false n=null");
            bench.load(site.url("/next"));
            assertThat(bench.page.facts(TWO).title()).isEqualTo("next");
            assertThat(bench.page.dialogs().stream().map(d -> d.type() + ":" + d.message() + ":" + d.accepted()))
                    .startsWith("alert:特价:true", "confirm:同意吗?:false", "prompt:姓名:false");
        }
    }

    @Test
    void endlessScrollingStopsAtItsBound(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page(
                    "/",
                    "<body><script>const more = () => { for (let i = 0; i < 20; i++) {"
                            + " const d = document.createElement('div'); d.style.height = '100px';"
                            + " d.textContent = '商品'; document.body.append(d); } };"
                            + "more(); addEventListener('scroll', () => {"
                            + " if (scrollY + innerHeight > document.documentElement.scrollHeight - 500) more(); });"
                            + "</script>");
            bench.load(site.url("/"));
            ScrollBounds bounds = new ScrollBounds(8_000, Bench.THIRTY, Duration.ofMillis(80));
            ScrollResult result = bench.page.autoScroll(bounds);
            assertThat(result.end()).isEqualTo(ScrollResult.End.PIXELS);
            assertThat(result.growing()).isTrue();
            assertThat(result.reachedPixels()).isBetween(8_000L, 9_500L);
            assertThat(bench.page
                            .autoScroll(new ScrollBounds(1_000_000, TWO, Duration.ofMillis(80)))
                            .end())
                    .isEqualTo(ScrollResult.End.TIME);
        }
    }

    @Test
    void anInnerElementIsScrolledWhenThePageItselfDoesNot(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page(
                    "/",
                    "<body style='margin:0;overflow:hidden'><div id=list style='height:100vh;overflow:auto'>"
                            + "<div style='height:5000px'></div><img loading=lazy src=/broken.png></div>");
            bench.load(site.url("/"));
            ScrollResult result = bench.page.autoScroll(ScrollBounds.DEFAULT);
            assertThat(result.element()).isEqualTo("div#list");
            assertThat(result.end()).isEqualTo(ScrollResult.End.BOTTOM);
            assertThat(result.reachedPixels()).isGreaterThanOrEqualTo(5_000);
            assertThat(bench.page.facts(TWO).imagesNotLoaded())
                    .singleElement()
                    .satisfies(i -> assertThat(i.problem()).isEqualTo("broken"));
        }
    }

    @Test
    void aCrashedRendererFailsStepsAtOnceAndCanBeLoadedAgain(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", "<title>alive</title>");
            bench.load(site.url("/"));
            bench.chromium.processes().stream()
                    .filter(p -> p.has("--type=renderer"))
                    .forEach(Killer::kill);
            await(bench.page::crashed);
            long before = System.nanoTime();
            assertThatThrownBy(() -> bench.page.facts(Bench.THIRTY)).isInstanceOf(CdpException.SessionGone.class);
            assertThat(System.nanoTime() - before).isLessThan(Bench.TEN.toNanos());
            assertThat(bench.load(site.url("/")).loaded()).isTrue();
            assertThat(bench.page.crashed()).isFalse();
            assertThat(bench.page.facts(TWO).title()).isEqualTo("alive");
        }
    }

    @Test
    void redirectsOfServersAndScriptsAreFollowedAndKept(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", "<script>location.replace('/third')</script>");
            site.page("/third", "<title>third</title><img src=/missing.png>");
            LoadOutcome outcome = bench.load(site.url("/redirect"));
            assertThat(outcome.loaded()).isTrue();
            assertThat(bench.page.facts(TWO).url()).isEqualTo(site.url("/third"));
            List<RequestEntry> requests = bench.journal.requests();
            assertThat(requests.stream()
                            .filter(RequestEntry::documentNavigation)
                            .map(r -> r.hop() + " " + r.status() + " " + r.url().replace(site.url(""), "")))
                    .containsExactly("0 302 /redirect", "1 200 /", "0 200 /third");
            assertThat(requests.stream().filter(r -> r.url().endsWith("missing.png")))
                    .singleElement()
                    .satisfies(r -> {
                        assertThat(r.status()).isEqualTo(404);
                        assertThat(r.type()).isEqualTo("Image");
                        assertThat(r.finished()).isTrue();
                    });
        }
    }

    @Test
    void aRefusedAddressSaysWhy(@TempDir Path folder) throws Exception {
        int closed;
        try (Site site = new Site()) {
            closed = site.port();
        }
        try (Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            Navigation navigation = bench.page.navigate("http://127.0.0.1:" + closed + "/", Bench.TEN);
            assertThat(navigation.errorText()).isEqualTo("net::ERR_CONNECTION_REFUSED");
            assertThat(bench.page.waitLoad(navigation, Bench.TEN).took()).isLessThan(Duration.ofSeconds(5));
            assertThat(bench.page
                            .viewportScreenshot(folder.resolve("v.png"), Bench.TEN)
                            .sizeBytes())
                    .isPositive();
        }
    }

    @Test
    void popupsDownloadsFramesAndWorkersAreSeen(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page(
                    "/",
                    "<body><iframe src=/frame></iframe><script>new Worker('/worker.js');"
                            + "window.open('/popup'); console.log('你好', {a: 1});"
                            + "setTimeout(() => { location.href = '/file.zip' }, 100);"
                            + "setTimeout(() => { throw new Error('坏了') }, 50);</script>");
            site.page("/frame", "<p>里面</p>");
            site.page(
                    "/popup",
                    "<p>弹出<script>window.name = 'x'; document.title = Object.getOwnPropertyNames(window)"
                            + ".filter(n => n.startsWith('cdc_')).length;fetch('/from-popup')</script>");
            site.page("/worker.js", "fetch('/from-worker')");
            bench.load(site.url("/"));
            await(() -> bench.page.downloads().stream().anyMatch(d -> d.state().equals("completed")));
            await(() -> site.asked().containsAll(List.of("/from-worker", "/from-popup")));
            assertThat(bench.page.popups())
                    .singleElement()
                    .satisfies(p -> assertThat(p.closed()).isFalse());
            assertThat(bench.page.downloads()).singleElement().satisfies(d -> {
                assertThat(d.suggestedName()).isEqualTo("file.zip");
                assertThat(d.receivedBytes()).isEqualTo(2000);
            });
            await(() -> bench.journal.inFlight() == 0);
            for (String path : List.of("/frame", "/worker.js", "/popup", "/from-worker", "/from-popup", "/file.zip")) {
                assertThat(bench.journal.requests().stream().filter(r -> r.url().equals(site.url(path))))
                        .as(path)
                        .hasSize(1);
            }
            bench.close();
            String console = Files.readString(folder.resolve("console.ndjson"));
            assertThat(console).contains("你好").contains("坏了");
            assertThat(bench.journal.counts().consoleErrors()).isPositive();
            List<String> events = Files.readAllLines(folder.resolve("browser-events.ndjson"));
            assertThat(events)
                    .allSatisfy(line ->
                            assertThat(Json.MAPPER.readTree(line).has("t")).isTrue());
            assertThat(events.stream().map(l -> Json.text(Json.MAPPER.readTree(l), "method")))
                    .contains(
                            "Network.requestWillBeSent",
                            "Page.lifecycleEvent",
                            "Target.attachedToTarget",
                            "Browser.downloadWillBegin",
                            "Tiezheng.popup");
        }
    }

    @Test
    void aHugeDataAddressNeitherFillsTheMemoryNorTheJournal(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page(
                    "/",
                    "<title>big</title><body><script>const u = 'data:image/png;base64,' + 'A'.repeat(12 << 20);"
                            + "for (let i = 0; i < 3; i++) new Image().src = u + i; console.log(u);</script>");
            bench.load(site.url("/"));
            assertThat(bench.page.facts(Bench.TEN).title()).isEqualTo("big");
            bench.close();
            assertThat(Files.size(folder.resolve("browser-events.ndjson"))).isLessThan(1 << 20);
            assertThat(Files.size(folder.resolve("console.ndjson"))).isLessThan(1 << 20);
        }
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + Bench.THIRTY.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("time is up").isLessThan(deadline);
            Pause.millis(50);
        }
    }

    /** Answered by a visitor, Chromium would wait for him: without load event, for ever. */
    @Test
    void loginsAskedForInFramesAndPartsAreDeclinedAndNoted(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            String other = "http://localhost:" + site.port();
            site.page("/inner", "<title>inner</title><iframe src=/secret?nested></iframe>");
            site.page(
                    "/",
                    "<title>outer</title><iframe src=/secret?frame></iframe><img src=/secret?image>"
                            + "<iframe src=" + other + "/secret?other></iframe><iframe src=" + other
                            + "/inner></iframe><script>fetch('/secret?fetch')</script>");
            assertThat(bench.load(site.url("/")).loaded()).isTrue();
            assertThat(bench.page.challenges())
                    .extracting(each -> each.url().replaceFirst(".*[?]", ""))
                    .containsExactlyInAnyOrder("frame", "image", "other", "nested", "fetch");
            assertThat(bench.page.challenges())
                    .extracting(ChallengeEntry::challenge)
                    .containsOnly("Basic realm=\"test\"");
            assertThat(bench.journal.requests().stream()
                            .filter(entry -> entry.url().contains("/secret")))
                    .extracting(RequestEntry::status)
                    .containsOnly(401);
            // The page of the main frame too.
            assertThat(bench.load(site.url("/secret?main")).loaded()).isTrue();
            assertThat(bench.page.challenges()).hasSize(6);
        }
    }
}
