package org.tiezheng.capture.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.browser.cdp.Json;
import tools.jackson.databind.JsonNode;

/** What a shop's scripts can see of us. */
class IdentityTest {
    /** Collects what a script sees, in the page, in a worker, in a frame; the page shows it as text. */
    private static final String LOOK = """
            const look = async () => JSON.stringify({
              cdc: Object.keys(globalThis).concat(Object.getOwnPropertyNames(globalThis))
                  .filter(n => /cdc_|\\$chrome|webdriver|selenium|tiezheng/i.test(n)),
              webdriver: navigator.webdriver === true,
              languages: navigator.languages, zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
              ua: navigator.userAgent, platform: navigator.platform,
              brands: (navigator.userAgentData?.brands ?? []).map(b => b.brand),
              mobile: navigator.userAgentData?.mobile,
              high: navigator.userAgentData
                  ? await navigator.userAgentData.getHighEntropyValues(['platform','fullVersionList']) : null,
              touch: navigator.maxTouchPoints,
              w: globalThis.innerWidth, h: globalThis.innerHeight, dpr: globalThis.devicePixelRatio,
              sw: globalThis.screen?.width, sh: globalThis.screen?.height,
              coarse: globalThis.matchMedia?.('(pointer: coarse)').matches,
              date: new Date(Date.UTC(2026, 0, 1)).getHours(),
            });
            """;

    private static void pages(Site site) {
        String show = LOOK + "const put = (id, text) => { document.getElementById(id).textContent = text; };";
        site.page(
                "/",
                "<!doctype html><html lang=zh-CN><meta name=viewport content='width=device-width'><body>"
                        + "<pre id=own style='overflow:hidden'></pre><pre id=worker style='overflow:hidden'></pre><iframe src=/frame></iframe><script>"
                        + show
                        + "look().then(t => put('own', t));"
                        + "const w = new Worker('/worker.js'); w.onmessage = e => put('worker', e.data);"
                        + "</script>");
        site.page(
                "/frame",
                "<!doctype html><pre id=own></pre><script>" + show + "look().then(t => put('own', t));</script>");
        site.page("/worker.js", LOOK + "look().then(t => postMessage(t));");
    }

    private static List<JsonNode> looks(Bench bench, Path folder) throws Exception {
        StoredFile text = bench.page.text(folder.resolve("page.txt"), Bench.TEN);
        return Files.readAllLines(text.file()).stream()
                .filter(l -> l.startsWith("{"))
                .map(l -> Json.MAPPER.readTree(l))
                .toList();
    }

    @Test
    void aDesktopLooksLikeAPlainChromeInChinaEverywhere(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.desktop())) {
            pages(site);
            bench.load(site.url("/"));
            List<JsonNode> looks = looks(bench, folder);
            assertThat(looks).as("page, worker, frame").hasSize(3);
            String agent = DeviceProfile.desktop().userAgent(bench.chromium.majorVersion());
            for (JsonNode look : looks) {
                assertThat(look.get("cdc")).isEmpty();
                assertThat(look.get("webdriver").booleanValue()).isFalse();
                assertThat(look.get("languages").toString()).isEqualTo("[\"zh-CN\",\"zh\"]");
                assertThat(look.get("zone").stringValue()).isEqualTo("Asia/Shanghai");
                assertThat(look.get("date").intValue()).isEqualTo(8);
                assertThat(look.get("ua").stringValue()).isEqualTo(agent).doesNotContain("Headless");
                assertThat(look.get("platform").stringValue()).isEqualTo("Linux x86_64");
                assertThat(look.get("brands").toString()).contains("Chromium").doesNotContain("Headless");
                assertThat(look.get("mobile").booleanValue()).isFalse();
            }
            JsonNode own = looks.get(0);
            assertThat(own.get("w").intValue()).isEqualTo(1920);
            assertThat(own.get("h").intValue()).isEqualTo(1080);
            assertThat(own.get("sw").intValue()).isEqualTo(1920);
            assertThat(own.get("dpr").doubleValue()).isEqualTo(1);
            assertThat(own.get("touch").intValue()).isZero();
            assertThat(site.userAgents()).isNotEmpty().allMatch(agent::equals);
        }
    }

    @Test
    void aPhoneIsAPhoneInEveryWayAndStaysOneAfterTheScreenshot(@TempDir Path folder) throws Exception {
        DeviceProfile phone = DeviceProfile.phone();
        try (Site site = new Site();
                Bench bench = new Bench(folder, phone)) {
            pages(site);
            bench.load(site.url("/"));
            List<JsonNode> looks = looks(bench, folder);
            assertThat(looks).hasSize(3);
            String agent = phone.userAgent(bench.chromium.majorVersion());
            assertThat(agent).contains("Android").contains("Mobile");
            for (JsonNode look : looks) {
                assertThat(look.get("ua").stringValue()).isEqualTo(agent);
                assertThat(look.get("mobile").booleanValue()).isTrue();
                assertThat(look.get("high").get("platform").stringValue()).isEqualTo("Android");
            }
            // Chromium has no override of navigator.platform in workers: looks.get(1) still says Linux x86_64.
            assertThat(looks.get(0).get("platform").stringValue()).startsWith("Linux arm");
            assertThat(looks.get(2).get("platform").stringValue()).startsWith("Linux arm");
            JsonNode own = looks.get(0);
            assertThat(own.get("w").intValue()).isEqualTo(390);
            assertThat(own.get("h").intValue()).isEqualTo(844);
            assertThat(own.get("dpr").doubleValue()).isEqualTo(3);
            assertThat(own.get("touch").intValue()).isEqualTo(5);
            assertThat(own.get("coarse").booleanValue()).isTrue();

            Screenshot shot = bench.page.fullPageScreenshot(folder, ScreenshotLimits.DEFAULT, Bench.THIRTY);
            assertThat(shot.width()).isEqualTo(390 * 3);
            PageFacts after = bench.page.facts(Bench.TEN);
            assertThat(after.viewportWidth()).isEqualTo(390);
            assertThat(after.viewportHeight()).isEqualTo(844);
            assertThat(after.scale()).isEqualTo(3);
            assertThat(after.userAgent()).isEqualTo(agent);
        }
    }

    @Test
    void chineseTextIsDrawnWithAChineseFont(@TempDir Path folder) throws Exception {
        try (Site site = new Site();
                Bench bench = new Bench(folder, DeviceProfile.laptop())) {
            site.page("/", "<!doctype html><title>店</title><body>特价商品直营门户 骨角复</body>");
            bench.load(site.url("/"));
            assertThat(bench.page.fonts(Bench.TEN)).hasSize(1).allSatisfy((family, glyphs) -> {
                assertThat(family).contains("CJK SC");
                assertThat(glyphs).isGreaterThanOrEqualTo(11);
            });
        }
    }
}
