package org.tiezheng.archive.screens;

import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.tiezheng.archive.catalogue.CatalogueBench;
import org.tiezheng.archive.database.TestDatabase;

/**
 * Times between frames while long tables are scrolled in headless Chromium: {@code bench/run screens}. Arguments: rows of the list,
 * exchanges of the wire table, frames.
 *
 * <p>A page that does nothing is measured first, in the same browser: what it has is the machine's, not the tables'.
 */
public final class ScreensBench {
    /** Scrolls a bit in every frame, to and fro; the times between frames. */
    private static final String FRAMES = """
            const frames = arguments[0], done = arguments[arguments.length - 1];
            const times = []; let last = 0, step = 60;
            const next = (now) => {
              if (last) times.push(now - last);
              last = now;
              const before = scrollY;
              scrollBy(0, step);
              if (scrollY === before) step = -step;
              if (times.length < frames) requestAnimationFrame(next); else done(times);
            };
            requestAnimationFrame(next);""";

    private ScreensBench() {}

    public static void main(String[] arguments) throws Exception {
        int rows = Integer.parseInt(arguments[0]);
        int exchanges = Integer.parseInt(arguments[1]);
        int frames = Integer.parseInt(arguments[2]);
        TestDatabase database = TestDatabase.create();
        CatalogueBench.fill(database, rows);
        try (BenchServer server = BenchServer.start(database);
                TestBrowser browser = TestBrowser.start(server.uri())) {
            UUID many = server.archive(exchanges - 1);
            browser.signIn(server.officer());
            browser.driver().manage().timeouts().scriptTimeout(java.time.Duration.ofMinutes(5));
            browser.open("/account");
            measure(browser, "a short page, for comparison", frames);
            browser.open("/evidence?limit=500");
            measure(
                    browser,
                    browser.run("return document.querySelectorAll('tr[data-row]').length") + " rows of evidence",
                    frames);
            browser.open("/evidence/" + many + "/wire");
            // The table fetches its next part when its end comes into view.
            browser.driver().executeAsyncScript("""
                    const done = arguments[arguments.length - 1];
                    const more = () => {
                      const row = document.querySelector('#exchange-rows .more-rows[hx-get]');
                      if (!row) { done(); return; }
                      row.scrollIntoView();
                      setTimeout(more, 50);
                    };
                    more();""");
            measure(
                    browser,
                    browser.run("return document.querySelectorAll('#exchange-rows tr[data-row]').length")
                            + " rows of the wire",
                    frames);
        }
        System.exit(0);
    }

    @SuppressWarnings("unchecked")
    private static void measure(TestBrowser browser, String name, int frames) {
        // Once unmeasured: thumbnails are fetched and code is compiled.
        browser.run("scrollTo(0, 0)");
        Object unused = browser.driver().executeAsyncScript(FRAMES, frames);
        browser.run("scrollTo(0, 0)");
        List<Double> millis = ((List<Number>) browser.driver().executeAsyncScript(FRAMES, frames))
                .stream().map(Number::doubleValue).sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "%-40s %d frames   median %5.1f ms   p95 %5.1f ms   p99 %5.1f ms   worst %6.1f ms   longer than 50 ms: %d%n",
                name,
                millis.size(),
                millis.get(millis.size() / 2),
                millis.get((int) (millis.size() * 0.95)),
                millis.get((int) (millis.size() * 0.99)),
                millis.get(millis.size() - 1),
                millis.stream().filter(each -> each > 50).count());
    }
}
