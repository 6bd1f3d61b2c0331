package org.tiezheng.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiezheng.capture.browser.TileJoiner;
import org.tiezheng.demo.Origin.Listener;
import org.tiezheng.demo.PageSet;
import tools.jackson.databind.JsonNode;

/**
 * Pages that do not want to be captured, or are not what they seem: what the verdict says of each, and that every one
 * ends, in a package that our verifier finds VALID. All ordinary ones go through one command, two at a time, with a
 * total of 40 seconds each.
 */
class ScenariosTest {
    private static final List<String> COUNTED = List.of("many?n=60", "errors");

    private static Station station;
    private static Batch batch;
    private static ServerSocket neighbour;
    private static final AtomicInteger NEIGHBOUR_CALLS = new AtomicInteger();
    private static final Map<String, String> URLS = new LinkedHashMap<>();

    @BeforeAll
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    static void captureAll() throws Exception {
        station = Station.open();
        neighbour = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread listening = new Thread(ScenariosTest::countCalls, "neighbour");
        listening.setDaemon(true);
        listening.start();

        // The slow ones first, so that the fast ones pass them on the other lane.
        for (String page : List.of("hang", "drip", "infinite", "loop")) {
            URLS.put(page, station.url(Listener.HTTPS_H2, "/p/" + page));
        }
        for (String page : List.of(
                "blocked",
                "captcha",
                "login",
                "empty",
                "dead-hosts",
                "dialogs",
                "popup",
                "auth",
                "download",
                "plain")) {
            URLS.put(page, station.url(Listener.HTTPS_H2, "/p/" + page));
        }
        // Plain HTTP: no rule on mixed content stands between the page and the relay.
        URLS.put("internal", station.url(Listener.HTTP, "/p/internal?port=" + neighbour.getLocalPort()));
        URLS.put("many?n=60", station.url(Listener.HTTPS_CHACHA, "/p/many?n=60"));
        URLS.put("errors", station.url(Listener.HTTPS_TLS12, "/p/errors"));
        URLS.put("expired", station.url(Listener.HTTPS_EXPIRED, "/p/plain"));
        URLS.put("self-signed", station.url(Listener.HTTPS_SELF_SIGNED, "/p/plain"));
        URLS.put("wrong-host", station.url(Listener.HTTPS_WRONG_HOST, "/p/plain"));
        URLS.put("secret", station.url(Listener.HTTPS_H2, "/r/secret"));
        URLS.put("no-server", "http://localhost:" + closedPort() + "/");
        URLS.put("no-such-host", "http://does-not-exist.invalid/");
        batch = station.captures(
                List.copyOf(URLS.values()),
                "--no-video",
                "--parallel",
                "2",
                "--timeout",
                "40",
                "--allow-host",
                URI.create(URLS.get("no-server")).getAuthority());
    }

    @AfterAll
    static void stop() throws Exception {
        neighbour.close();
        station.close();
    }

    private static void countCalls() {
        while (true) {
            try {
                neighbour.accept().close();
                NEIGHBOUR_CALLS.incrementAndGet();
            } catch (IOException e) {
                return;
            }
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static Batch.Taken page(String name) {
        return batch.of(URLS.get(name));
    }

    @Test
    void everyAddressEndsInAPackageOurVerifierFindsValid() throws Exception {
        assertThat(batch.packages()).hasSameSizeAs(URLS.values());
        List<String> arguments = new ArrayList<>(List.of("verify"));
        batch.packages().forEach(file -> arguments.add(file.toString()));
        arguments.addAll(List.of("--trust", station.root().toString(), "--lang", "en"));
        Program.run(
                        station.folder,
                        Duration.ofMinutes(3),
                        Program.java("256m", "org.tiezheng.verifier.Main", arguments))
                .orFail();
        assertThat(batch.ended().exitCode()).as("sealed, some not complete").isEqualTo(1);
    }

    @Test
    void nothingIsLeftBehindAndNobodySeesAStackTrace() throws Exception {
        assertThat(station.leftBehind()).isEmpty();
        assertThat(batch.ended().output()).doesNotContain("Exception", "\tat ", "at org.");
    }

    @ParameterizedTest
    @CsvSource({
        "plain, COMPLETE, ''",
        "many?n=60, COMPLETE, ''",
        "blocked, BLOCKED, BLOCK_SUSPECTED",
        "captcha, BLOCKED, BLOCK_SUSPECTED",
        "login, LOGIN_REQUIRED, LOGIN_SUSPECTED",
        "secret, LOGIN_REQUIRED, LOGIN_SUSPECTED",
        "empty, EMPTY, NOTHING_SHOWN",
        "dead-hosts, PARTIAL, RESOURCE_FAILED",
        "internal, PARTIAL, DENIED_BY_EGRESS",
        "errors, PARTIAL, IMAGES_NOT_LOADED",
        "loop, PARTIAL, PAGE_CUT",
        "drip, PARTIAL, LOAD_TIMEOUT",
        "infinite, PARTIAL, PAGE_CUT",
        "hang, FAILED, NO_DOCUMENT",
        "popup, COMPLETE, ''",
        "dialogs, COMPLETE, ''",
        "auth, COMPLETE, ''",
        "download, COMPLETE, ''",
        "expired, FAILED, NO_DOCUMENT",
        "self-signed, FAILED, NO_DOCUMENT",
        "wrong-host, FAILED, NO_DOCUMENT",
        "no-server, FAILED, NO_DOCUMENT",
        "no-such-host, FAILED, NO_DOCUMENT"
    })
    void verdictSaysWhatKindOfPageCame(String name, String verdict, String code) throws Exception {
        Batch.Taken taken = page(name);
        assertThat(taken.verdict()).as(taken.toString()).isEqualTo(verdict);
        if (!code.isEmpty()) {
            assertThat(taken.codes()).as(taken.toString()).contains(code);
        }
        JsonNode record = taken.record().path("completeness");
        assertThat(record.path("verdict").asString())
                .as("the package says the same")
                .isEqualTo(verdict);
    }

    @Test
    void refusalIsKeptAsItCame() throws Exception {
        Batch.Taken blocked = page("blocked");
        assertThat(blocked.record().path("target").path("status").asInt()).isEqualTo(403);
        assertThat(Files.readString(blocked.artefact("page.txt"))).contains("您的访问被拒绝");
        assertThat(blocked.recordedUrls()).contains(URLS.get("blocked"));
        for (String name : List.of("screenshot.png", "dom.html", "page.mhtml", "page.pdf")) {
            assertThat(blocked.artefact(name)).isNotEmptyFile();
        }
    }

    @Test
    void reasonsNameTheHostsThatAreGone() {
        String reason = page("dead-hosts").reason("RESOURCE_FAILED");
        assertThat(reason).contains("does-not-exist.invalid", "also-gone.invalid");
    }

    @Test
    void pageThatNeverAnswersSaysSo() {
        assertThat(page("hang").reason("NO_DOCUMENT")).contains("no response");
        assertThat(page("no-server").reason("NO_DOCUMENT")).contains("connect-refused");
    }

    /** The artefacts have their share of the time, however long the page takes. */
    @Test
    void endlessPagesLeaveTheirArtefactsWithinTheTime() throws Exception {
        for (String name : List.of("drip", "loop", "infinite")) {
            Batch.Taken taken = page(name);
            for (String file : List.of("viewport.png", "dom.html", "page.mhtml", "page.txt", "page.pdf")) {
                assertThat(taken.artefact(file)).as("%s %s", name, taken).isNotEmptyFile();
            }
            assertThat(taken.artefact("screenshot.png").toFile().exists()
                            || taken.artefact("screenshot-tiles.json").toFile().exists())
                    .as(name)
                    .isTrue();
        }
        assertThat(Files.readString(page("drip").artefact("page.txt"))).contains("开头已经到了");
        assertThat(Files.readString(page("loop").artefact("page.txt"))).contains("死循环之前的内容");
    }

    @Test
    void internalAddressesAreDeniedCountedAndListed() throws Exception {
        Batch.Taken taken = page("internal");
        assertThat(NEIGHBOUR_CALLS).hasValue(0);
        TreeSet<String> denied = new TreeSet<>();
        JsonNode list = taken.record().path("network").path("denied");
        list.forEach(each -> denied.add(
                each.path("host").asString() + ":" + each.path("port").asInt()));
        int port = neighbour.getLocalPort();
        assertThat(denied)
                .contains(
                        "127.0.0.1:" + port,
                        "localhost:" + port,
                        "0.0.0.0:" + port,
                        "169.254.169.254:80",
                        "10.0.0.1:80",
                        "192.168.0.1:80");
        assertThat(denied).as("IPv6").anyMatch(each -> each.contains("::1") && each.endsWith(":" + port));
        assertThat(denied).as("IPv4 in IPv6").anyMatch(each -> each.contains("ffff") && each.endsWith(":" + port));
        assertThat(taken.count("denied")).isEqualTo(list.size());
        assertThat(taken.recordedUrls()).allMatch(url -> url.contains(":" + station.origin.port(Listener.HTTP) + "/"));
    }

    /** One exchange for each the origin answered, over a listener that only this page used. */
    @Test
    void countsAreTheOnesOfTheOrigin() throws Exception {
        for (String name : COUNTED) {
            Batch.Taken taken = page(name);
            int port = URI.create(URLS.get(name)).getPort();
            Listener listener = name.equals("errors") ? Listener.HTTPS_TLS12 : Listener.HTTPS_CHACHA;
            assertThat(station.origin.port(listener)).isEqualTo(port);
            long sent = station.origin.sent().stream()
                    .filter(each -> each.listener().equals(listener.label()))
                    .count();
            assertThat(taken.count("exchanges")).as(name).isEqualTo((int) sent);
            assertThat(taken.count("matched") + taken.count("extra")).as(name).isEqualTo(taken.count("exchanges"));
            assertThat(taken.count("missing")).as(name).isZero();
            assertThat(taken.count("extraOther")).as(name).isZero();
        }
        assertThat(page("many?n=60").count("images")).isEqualTo(60);
        assertThat(page("many?n=60").count("imagesNotLoaded")).isZero();
        assertThat(page("errors").count("imagesNotLoaded")).isEqualTo(1);
    }

    @Test
    void capturesAtTheSameTimeDoNotMix() throws Exception {
        for (String name : URLS.keySet()) {
            int port = URI.create(URLS.get(name)).getPort();
            assertThat(page(name).recordedUrls())
                    .as(name)
                    .allMatch(url -> URI.create(url).getPort() == port);
        }
        assertThat(page("plain").recordedUrls()).anyMatch(url -> url.endsWith("/p/plain"));
        assertThat(page("login").recordedUrls()).noneMatch(url -> url.contains("/p/plain"));
    }

    @Test
    void infiniteScrollIsBounded() throws Exception {
        JsonNode cut = page("infinite").record().path("completeness").path("reasons");
        assertThat(cut.toString()).contains("went on growing");
    }

    @Test
    void dialogsAreAnsweredAndRecorded() throws Exception {
        assertThat(page("dialogs").incidents("DIALOG").toString()).contains("一", "二", "三");
        assertThat(page("dialogs").record().path("target").path("title").asString())
                .isEqualTo("done: dialogs");
    }

    @Test
    void popupsAreRecorded() throws Exception {
        assertThat(page("popup").incidents("POPUP").toString()).contains("/p/plain?in=popup");
        assertThat(page("popup").recordedUrls()).anyMatch(url -> url.contains("/p/plain?in=popup"));
    }

    @Test
    void requestForCredentialsIsOnRecordWithItsStatus() throws Exception {
        Path index = page("auth").inner().resolve("indexes/index.cdx");
        assertThat(Files.readAllLines(index)).anyMatch(line -> line.contains("/r/secret") && line.contains("\"401\""));
    }

    /** The page is the page, whatever the frames in it answer. */
    @Test
    void statusOfAFrameIsNotThatOfThePage() throws Exception {
        JsonNode target = page("auth").record().path("target");
        assertThat(target.path("status").asInt()).isEqualTo(200);
        assertThat(target.path("finalUrl").asString()).endsWith("/p/auth");
        assertThat(Files.readString(page("auth").artefact("page.txt"))).contains("需要登录");
    }

    @Test
    void downloadIsRecordedOnTheWireAndAsAnIncident() throws Exception {
        assertThat(page("download").incidents("DOWNLOAD").toString()).contains("/r/noise?mb=1");
        assertThat(page("download").recordedUrls()).anyMatch(url -> url.contains("/r/noise?mb=1"));
    }

    @Test
    void badCertificateIsRefusedAndTheRefusalNamed() {
        for (String name : List.of("expired", "self-signed", "wrong-host")) {
            assertThat(page(name).reason("NO_DOCUMENT")).as(name).contains("ERR_CERT_");
        }
    }

    @Test
    void badCertificateIsRecordedWhenAskedFor() throws Exception {
        String url = URLS.get("expired");
        Batch.Taken taken = station.captures(List.of(url), "--no-video", "--record-invalid-tls")
                .of(url);
        assertThat(Files.readString(taken.artefact("page.txt"))).contains("普通页面");
        assertThat(taken.record().path("request").path("recordInvalidTls").asBoolean())
                .isTrue();
        assertThat(taken.record().path("tls").toString()).contains("\"chromiumState\":\"insecure\"");
        assertThat(taken.record().path("environment").path("survey").toString())
                .contains("Chromium: insecure; bad certificates were let through");
        assertThat(taken.verdict()).isEqualTo("COMPLETE");
        station.verify(taken.file()).orFail();
    }

    @Test
    void phoneStaysAPhoneToTheLastArtefact() throws Exception {
        String url = station.url(Listener.HTTPS_H2, "/");
        Batch.Taken taken = station.captures(List.of(url), "--no-video", "--device", "phone")
                .of(url);
        JsonNode browser = taken.record().path("environment").path("browser");
        assertThat(browser.path("userAgent").asString()).contains("Android", "Mobile");
        assertThat(browser.path("viewport").path("touch").asBoolean()).isTrue();
        assertThat(Files.readString(taken.inner().resolve("evidence/browser-events.ndjson")))
                .contains("Mobile Safari");
        double scale = browser.path("viewport").path("deviceScaleFactor").asDouble();
        int width = (int) Math.round(browser.path("viewport").path("width").asInt() * scale);
        assertThat(size(taken.artefact("viewport.png")).width).isEqualTo(width);
        Path first = Files.exists(taken.artefact("screenshot.png"))
                ? taken.artefact("screenshot.png")
                : taken.artefact("screenshot-001.png");
        assertThat(size(first).width).isEqualTo(width);
        station.verify(taken.file()).orFail();
    }

    @Test
    void sixtyThousandPixelsAreTiledAndJoinWithoutASeam() throws Exception {
        String url = station.url(Listener.HTTPS_H2, "/p/tall?px=60000");
        AtomicLong peak = new AtomicLong();
        Thread watch = new Thread(() -> watchMemory(peak), "memory");
        watch.setDaemon(true);
        watch.start();
        Batch.Taken taken;
        try {
            taken = station.captures(List.of(url), "--no-video", "--max-height", "70000")
                    .of(url);
        } finally {
            watch.interrupt();
            watch.join(5_000);
        }
        assertThat(taken.verdict()).as(taken.toString()).isEqualTo("COMPLETE");
        assertThat(taken.artefact("screenshot-tiles.json")).isNotEmptyFile();
        List<Path> tiles;
        try (var files = Files.list(taken.inner().resolve("evidence"))) {
            tiles = files.filter(file -> file.getFileName().toString().matches("screenshot-\\d{3}\\.png"))
                    .sorted()
                    .toList();
        }
        assertThat(tiles.size()).isGreaterThan(4);
        Path joined = station.folder.resolve("joined.png");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(joined))) {
            TileJoiner.join(tiles, out);
        }
        int[] column = column(joined, 1500);
        int top = 0;
        while (column[top] != colour(0)) {
            top++;
        }
        assertThat(column.length).isGreaterThanOrEqualTo(top + 60_000);
        for (int band = 0; band < 120; band++) {
            assertThat(column[top + 500 * band])
                    .as("first row of band %d", band)
                    .isEqualTo(colour(band));
            assertThat(column[top + 500 * band + 499])
                    .as("last row of band %d", band)
                    .isEqualTo(colour(band));
        }
        // The JVM's bound is its -Xmx512m; Chromium in one piece would need 1,350 MB for such a page.
        assertThat(peak.get()).as("bytes of Chromium's processes").isBetween(50L << 20, 1_000L << 20);
        station.verify(taken.file()).orFail();
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://example.com/, en, only http:// and https://",
        "ftp://example.com/, zh, 只支持",
        "not a url, en, not a valid web address",
        "http://, zh, 例如",
        "http://user:secret@example.com/, en, must not carry a user name",
        "http://127.0.0.1/, en, --allow-host 127.0.0.1",
        "http://[::1]:8080/, zh, --allow-host"
    })
    void wrongAddressIsToldPlainlyAndStartsNothing(String url, String language, String said) throws Exception {
        Program.Ended ended = command(List.of("capture", url, "--data", station.data.toString()), language);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(3);
        assertThat(ended.output()).contains(said).contains(url);
        plain(ended);
    }

    @Test
    void unusableFolderIsToldPlainly() throws Exception {
        Path file = Files.writeString(station.folder.resolve("a-file-" + System.nanoTime()), "");
        String url = URLS.get("plain");
        for (String language : List.of("zh", "en")) {
            Program.Ended out = command(
                    List.of(
                            "capture",
                            url,
                            "--allow-host",
                            "localhost",
                            "--data",
                            station.data.toString(),
                            "--out",
                            file.resolve("out").toString()),
                    language);
            assertThat(out.exitCode()).as(out.output()).isEqualTo(3);
            assertThat(out.output()).contains(file.resolve("out").toString()).contains("--out");
            plain(out);
            Program.Ended data = command(
                    List.of(
                            "capture",
                            url,
                            "--allow-host",
                            "localhost",
                            "--data",
                            file.resolve("data").toString()),
                    language);
            assertThat(data.exitCode()).as(data.output()).isEqualTo(3);
            assertThat(data.output()).contains(file.resolve("data").toString()).contains("--data");
            plain(data);
        }
    }

    @ParameterizedTest
    @CsvSource({"zh, 没有", "en, no page was received"})
    void serverThatIsNotThereIsToldPlainly(String language, String said) throws Exception {
        Program.Ended ended = command(
                List.of(
                        "capture",
                        URLS.get("no-server"),
                        "--allow-host",
                        "localhost",
                        "--no-video",
                        "--data",
                        station.data.toString()),
                language);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
        assertThat(ended.output()).contains(said).contains("connect-refused");
        plain(ended);
    }

    private static Program.Ended command(List<String> arguments, String language) throws Exception {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--ui-lang", language));
        return Program.run(station.folder, Duration.ofMinutes(2), station.ours("org.tiezheng.capture.Main", all));
    }

    private static void plain(Program.Ended ended) {
        assertThat(ended.output()).doesNotContain("Exception", "\tat ", "at org.");
        assertThat(ended.output()).as("a text of the bundle, not its key").doesNotContainPattern("error\\.[a-z]+\\b");
    }

    private static int colour(int band) {
        return Integer.parseInt(PageSet.bandColour(band).substring(1), 16);
    }

    private static java.awt.Dimension size(Path png) throws IOException {
        try (ImageInputStream in = ImageIO.createImageInputStream(png.toFile())) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
            reader.setInput(in, true, true);
            return new java.awt.Dimension(reader.getWidth(0), reader.getHeight(0));
        }
    }

    /** RGB of one column of a picture that is too large to hold. */
    private static int[] column(Path png, int x) throws IOException {
        try (ImageInputStream in = ImageIO.createImageInputStream(png.toFile())) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
            reader.setInput(in, true, true);
            ImageReadParam only = reader.getDefaultReadParam();
            only.setSourceRegion(new Rectangle(x, 0, 1, reader.getHeight(0)));
            BufferedImage strip = reader.read(0, only);
            int[] rgb = strip.getRGB(0, 0, 1, strip.getHeight(), null, 0, 1);
            for (int i = 0; i < rgb.length; i++) {
                rgb[i] &= 0xffffff;
            }
            return rgb;
        }
    }

    private static void watchMemory(AtomicLong peak) {
        while (!Thread.currentThread().isInterrupted()) {
            peak.accumulateAndGet(Program.memoryOfSession(station.temporary.toString()), Math::max);
            try {
                Thread.sleep(300);
            } catch (InterruptedException e) {
                return;
            }
        }
    }
}
