package org.tiezheng.archive.screens;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.evidencepage.ArchivedPage;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.retention.Holds;
import org.tiezheng.storage.ObjectStore;

/**
 * Every page that a link leads to, for every role, in a real browser: it answers, says something in words that exist, breaks
 * neither the content policy nor a rule of accessibility, and fits on a phone. Pictures of all pages, for people who look:
 * {@code -Dtiezheng.pictures=FOLDER}.
 */
class CrawlTest extends ServerTest {
    private static final int MAX_PAGES = 120;
    /** Pages of one kind, such as the details of different rows. */
    private static final int MAX_OF_A_KIND = 2;

    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[0-9]+");

    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private TransactionTemplate transactions;

    @Autowired
    private ObjectStore store;

    @Autowired
    private Clock clock;

    @Autowired
    private Holds holds;

    private static final Pattern EVIDENCE = Pattern.compile("/evidence/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");

    private final List<String> faults = new ArrayList<>();
    private final Set<String> lookedAtClosely = new HashSet<>();
    private final Set<String> visited = new TreeSet<>();

    @Test
    @Timeout(1200)
    void everyPageForEveryRoleIsWholeInBothLanguagesAndThemesAndOnAPhone() throws IOException {
        try (TestBrowser browser = TestBrowser.start(uri("/"))) {
            look(browser, "/sign-in", null);
            TestUsers.User officer = TestUsers.officer(accounts, officers, Role.INSPECTOR);
            UUID archived = ArchivedPage.archive(jdbc, transactions, store, clock, officer.actor());
            UUID hold = holds.place(
                    List.of(archived),
                    null,
                    "行政诉讼",
                    TestUsers.create(accounts, Role.ARCHIVIST).actor());
            assertThat(hold).isNotNull();
            for (Role role : Role.values()) {
                TestUsers.User user = role == Role.INSPECTOR
                        ? officer
                        : role == Role.SECOND_OFFICER
                                ? TestUsers.officer(accounts, officers, role)
                                : TestUsers.create(accounts, role);
                browser.signOut();
                browser.signIn(user);
                crawl(browser, role);
            }
        }
        assertThat(faults).isEmpty();
        assertThat(visited)
                .contains(
                        "/",
                        "/evidence",
                        "/evidence/{id}",
                        "/ui",
                        "/preservation/log/registers",
                        "/retention",
                        "/retention/classes",
                        "/retention/cases",
                        "/retention/approvals",
                        "/holds",
                        "/holds/{id}",
                        "/appraisals",
                        "/disposals",
                        "/preservation",
                        "/preservation/copies",
                        "/preservation/packages",
                        "/preservation/recorded",
                        "/preservation/batches",
                        "/preservation/authorities");
    }

    private void crawl(TestBrowser browser, Role role) throws IOException {
        Deque<String> open = new ArrayDeque<>(List.of("/"));
        Set<String> seen = new HashSet<>(open);
        Map<String, Integer> kinds = new HashMap<>();
        int pages = 0;
        while (!open.isEmpty() && pages < MAX_PAGES) {
            String path = open.poll();
            if (kinds.merge(kind(path), 1, Integer::sum) > MAX_OF_A_KIND) {
                continue;
            }
            pages++;
            for (String link : look(browser, path, role)) {
                if (seen.add(link) && !isMadeUp(link)) {
                    open.add(link);
                }
            }
        }
    }

    /** Tests of the queue archive jobs under made-up ids, in the same database: their evidence is not there. */
    private boolean isMadeUp(String link) {
        Matcher id = EVIDENCE.matcher(link);
        return id.lookingAt()
                && jdbc.sql("select count(*) from evidence where id = :id")
                                .param("id", UUID.fromString(id.group(1)))
                                .query(Long.class)
                                .single()
                        == 0;
    }

    /** Visits one page; the links on it. The costly looks are taken once for each kind of page. */
    private List<String> look(TestBrowser browser, String path, @Nullable Role role) throws IOException {
        browser.width(1280);
        browser.theme("light");
        browser.open(path, "zh");
        visited.add(kind(path));
        String where = role + " " + path;
        if (browser.status() >= 400 || browser.status() == 0) {
            faults.add(where + ": status " + browser.status());
        }
        words(browser, where);
        complaints(browser, where);
        List<String> links = links(browser);
        if (lookedAtClosely.add(kind(path))) {
            closely(browser, path, where);
        }
        return links;
    }

    private void closely(TestBrowser browser, String path, String where) throws IOException {
        // Each language, theme and width with each other would be eight; these four have every pair once or twice.
        for (String form : List.of("zh light 1280", "en dark 1280", "zh dark 390", "en light 390")) {
            String[] parts = form.split(" ");
            browser.theme(parts[1]);
            browser.width(Integer.parseInt(parts[2]));
            browser.open(path, parts[0]);
            String how = where + " " + form;
            words(browser, how);
            String overflow = browser.overflow();
            if (!overflow.isEmpty()) {
                faults.add(how + ": scrolls sideways, " + overflow);
            }
            browser.accessibility().forEach(rule -> faults.add(how + ": " + rule));
            picture(browser, how);
        }
        complaints(browser, where + " (in all forms)");
    }

    private void words(TestBrowser browser, String where) {
        String text = String.valueOf(
                browser.run(
                        "return document.title + ' ' + document.body.innerText + ' ' + [...document.querySelectorAll('[aria-label],[title],"
                                + "[placeholder],[data-label],[data-confirm]')].map(e => [...e.attributes].map(a => a.value).join(' ')).join(' ')"));
        int missing = text.indexOf("??");
        if (missing >= 0) {
            faults.add(where + ": no words for "
                    + text.substring(missing, Math.min(text.length(), missing + 60))
                            .replace('\n', ' '));
        }
    }

    private void complaints(TestBrowser browser, String where) {
        browser.complaints().forEach(line -> faults.add(where + ": browser says " + line));
    }

    @SuppressWarnings("unchecked")
    private static List<String> links(TestBrowser browser) {
        return (List<String>) browser.run("""
                return [...document.querySelectorAll('a[href]')]
                  .filter((a) => a.origin === location.origin && !a.hasAttribute('download') && !a.hash && !a.dataset.lang
                    && !a.target && !/[.](csv|asice|jar|png|jpg|pdf|mp4|json|txt|wacz|pcapng|html|mhtml)($|[?])/.test(a.href)
                    && !/[/](api|vendor|assets|actuator|v3)[/]/.test(a.pathname))
                  .map((a) => a.pathname + a.search)""");
    }

    private void picture(TestBrowser browser, String how) throws IOException {
        String folder = System.getProperty("tiezheng.pictures");
        if (folder != null) {
            browser.picture(Path.of(folder, how.replaceAll("[^A-Za-z0-9]+", "_").toLowerCase(Locale.ROOT) + ".png"));
        }
    }

    /** The path with numbers taken out, and without its query. */
    private static String kind(String path) {
        int query = path.indexOf('?');
        return ID.matcher(query < 0 ? path : path.substring(0, query)).replaceAll("{id}");
    }
}
