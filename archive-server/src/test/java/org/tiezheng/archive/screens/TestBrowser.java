package org.tiezheng.archive.screens;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.PageLoadStrategy;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.remote.http.ClientConfig;
import org.openqa.selenium.support.ui.WebDriverWait;
import org.tiezheng.archive.identity.TestUsers;

/**
 * A real Chromium that looks at the screens of a {@code ServerTest}:
 *
 * <pre>{@code
 * try (TestBrowser browser = TestBrowser.start(uri("/"))) {
 *     browser.signIn(user);
 *     browser.open("/evidence");
 *     assertThat(browser.complaints()).isEmpty();
 * }
 * }</pre>
 */
public final class TestBrowser implements AutoCloseable {
    /** A desktop window, and the width of a phone; heights are what is left. */
    public static final Dimension DESKTOP = new Dimension(1280, 900);

    public static final int PHONE_WIDTH = 390;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final URI server;
    private final ChromeDriverService service;
    private final ChromeDriver driver;
    private final String axe;

    private TestBrowser(URI server, ChromeDriverService service, ChromeDriver driver, String axe) {
        this.server = server;
        this.service = service;
        this.driver = driver;
        this.axe = axe;
    }

    /** Needs chromium and chromedriver of the system, as the capture does. */
    public static TestBrowser start(URI server) throws IOException {
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(new File("/usr/bin/chromedriver"))
                .usingAnyFreePort()
                .build();
        ChromeOptions options = new ChromeOptions();
        options.setPageLoadStrategy(PageLoadStrategy.NORMAL);
        options.addArguments(
                "--headless=new",
                "--window-size=1280,900",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--lang=zh-CN",
                "--force-color-profile=srgb");
        if ("root".equals(System.getProperty("user.name"))) {
            options.addArguments("--no-sandbox");
        }
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriver driver =
                new ChromeDriver(service, options, ClientConfig.defaultConfig().readTimeout(PATIENCE));
        driver.manage().timeouts().pageLoadTimeout(PATIENCE).scriptTimeout(PATIENCE);
        String axe;
        try (InputStream in = TestBrowser.class.getResourceAsStream("/vendor/axe.js")) {
            if (in == null) {
                throw new IOException("axe-core is not there: web/vendor.mjs has not run");
            }
            axe = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        return new TestBrowser(server, service, driver, axe);
    }

    public ChromeDriver driver() {
        return driver;
    }

    public void open(String path) {
        driver.get(server.resolve(path).toString());
    }

    /** In the language: {@code zh} or {@code en}, kept for the pages after it. */
    public void open(String path, String language) {
        open(path + (path.contains("?") ? "&" : "?") + "lang=" + language);
    }

    public void signIn(TestUsers.User user) {
        open("/sign-in");
        driver.findElement(By.name("username")).clear();
        driver.findElement(By.name("username")).sendKeys(user.account().username());
        driver.findElement(By.name("password")).sendKeys(user.password());
        driver.findElement(By.cssSelector("main form button")).click();
        until("document.readyState === 'complete' && !location.pathname.startsWith('/sign-in')");
    }

    public void signOut() {
        driver.manage().deleteAllCookies();
    }

    /** Waits for a condition in the page. */
    public void until(String condition) {
        new WebDriverWait(driver, PATIENCE)
                .until(one -> Boolean.TRUE.equals(driver.executeScript("return Boolean(" + condition + ")")));
    }

    public WebElement find(String css) {
        return driver.findElement(By.cssSelector(css));
    }

    public Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Width of the page itself, whatever the window's frame is. */
    public void width(int pixels) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", pixels, "height", 844, "deviceScaleFactor", 1, "mobile", false));
    }

    /** @param theme {@code light} or {@code dark}: what the system prefers */
    public void theme(String theme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", theme))));
    }

    /** HTTP status of the page. */
    public long status() {
        Object status = run("return performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0");
        return status instanceof Long number ? number : 0;
    }

    /**
     * What the browser complained of since it was last asked: errors of scripts, of the policy, of loading. Not what it says
     * about the replay, where archived pages run, which miss what was not captured.
     */
    public List<String> complaints() {
        List<String> found = new ArrayList<>();
        for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
            boolean replay = entry.getMessage().matches("http://127[.]0[.]0[.]1:[0-9]+/replay/.*");
            if (!replay && entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                found.add(entry.getLevel() + " " + entry.getMessage());
            }
        }
        return found;
    }

    /** How many pixels the page is wider than the window, and what is. */
    public String overflow() {
        return (String) run("""
                const room = document.documentElement.clientWidth;
                const more = document.documentElement.scrollWidth - room;
                if (more <= 0) return '';
                const wide = [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > room + 1)
                  .slice(0, 3).map((e) => e.outerHTML.slice(0, 120));
                return more + ' px: ' + wide.join(' | ');""");
    }

    /** Rules of WCAG 2.2 AA that the page breaks, as axe-core finds them, with the first places of each. */
    @SuppressWarnings("unchecked")
    public List<String> accessibility() {
        if (Boolean.FALSE.equals(run("return typeof window.axe === 'object'"))) {
            run(axe);
        }
        Object found = driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                axe.run(document, {resultTypes: ['violations'], iframes: false,
                  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
                  .then((result) => done(result.violations.map((v) => v.id + ' (' + v.impact + '): ' + v.help + ' — '
                    + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | '))))
                  .catch((e) => done(['axe failed: ' + e]));""");
        return (List<String>) found;
    }

    /** For people who look: a PNG of the page from its top, to 6,000 pixels. */
    public void picture(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        run("scrollTo(0, 0)");
        Object height = run("return Math.min(6000, document.documentElement.scrollHeight)");
        Object width = run("return innerWidth");
        Map<String, Object> shot = driver.executeCdpCommand(
                "Page.captureScreenshot",
                Map.of(
                        "captureBeyondViewport",
                        true,
                        "clip",
                        Map.of("x", 0, "y", 0, "width", width, "height", height, "scale", 1)));
        Files.write(file, Base64.getDecoder().decode(String.valueOf(shot.get("data"))));
    }

    @Override
    public void close() {
        try {
            driver.quit();
        } finally {
            service.stop();
        }
    }
}
