package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;

/** Every page of this package in every state it can be in, in both languages. */
class JobScreensTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private Jobs jobs;

    @Autowired
    private Leases leases;

    @Autowired
    private TransactionTemplate transactions;

    private final String host = "s" + UUID.randomUUID() + ".example";
    private TestUsers.User second;
    private TestUsers.Browser browser;

    @BeforeEach
    void signIn() throws Exception {
        TestUsers.User first = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        second = TestUsers.officer(accounts, officers, Role.SECOND_OFFICER);
        browser = TestUsers.signIn(uri("/"), first);
    }

    @Test
    void captureIsSubmittedWatchedAndArchived() throws Exception {
        assertThat(page("/captures/new")).contains(second.account().displayName());
        long id = submit("https://" + host + "/1");
        page("/captures/" + id);

        Job leased = leaseOf(id);
        leases.heartbeat(
                id,
                new Heartbeat(
                        leased.epoch(),
                        "screenshot",
                        List.of(
                                new StepDone("load", 900, "ok"),
                                new StepDone("never-heard-of", 3, "error"),
                                new StepDone("pdf", 0, "skipped")),
                        1_234_567,
                        5_000));
        leases.thumbnail(id, leased.epoch(), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 1});
        assertThat(page("/captures/" + id))
                .contains("1.23 MB", "never-heard-of", "/captures/" + id + "/thumbnail?v=", "sse-connect");
        HttpResponse<String> part = browser.get("/captures/" + id + "/live?lang=en");
        assertThat(part.body()).startsWith("<div id=\"live\"").contains("Picture of the whole page");
        page("/captures?state=LEASED");

        UUID evidence = UUID.randomUUID();
        transactions.executeWithoutResult(status -> jobs.archived(id, leased.epoch(), evidence));
        assertThat(page("/captures/" + id)).contains("/evidence/" + evidence).doesNotContain("sse-connect=\"/captures");
        // The device of the last time is chosen again, and the page is known.
        assertThat(page("/captures/new")).contains("value=\"" + second.id() + "\" selected");
        assertThat(browser.post(
                                "/captures/same-page",
                                Map.of("urls", "https://" + host + "/1#x\nhttps://other.example/"))
                        .body())
                .contains("/captures/" + id);
    }

    @Test
    void failureIsToldInPlainWords() throws Exception {
        long id = submit("https://" + host + "/2");
        Job leased = leaseOf(id);
        jobs.fail(id, leased.epoch(), "CAPTURE_FAILED", "<script>alert(1)</script>", true);
        assertThat(page("/captures/" + id)).contains("cancel-form");
        jobs.cancel(id, Actor.system("test"), "enough");
        assertThat(page("/captures/" + id)).contains("enough");
        assertThat(browser.post("/captures/" + id + "/retry", Map.of()).statusCode())
                .isEqualTo(302);
        Job again = leaseOf(id);
        jobs.fail(id, again.epoch(), "NEVER_HEARD_OF", "<script>alert(1)</script>", false);
        String failed = page("/captures/" + id);
        assertThat(failed).contains("NEVER_HEARD_OF", "&lt;script&gt;").doesNotContain("<script>alert");
        page("/captures?state=FAILED&mine=true");
    }

    @Test
    void whatIsWrongIsSaidAboveTheFormWhichKeepsWhatWasTyped() throws Exception {
        HttpResponse<String> refused = browser.post(
                "/captures/new?lang=en",
                Map.of("urls", "https://" + host + "/3", "clueNo", "线索七", "secondOfficer", ""));
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("A second officer must be named", host + "/3", "线索七");
        HttpResponse<String> lines = browser.post(
                "/captures/new?lang=en",
                Map.of("urls", "https://" + host + "/3\nnonsense", "secondOfficer", second.id()));
        assertThat(lines.statusCode()).isEqualTo(422);
        assertThat(lines.body()).contains("Nothing was submitted", "nonsense").doesNotContain("??");
    }

    @Test
    void listBecomesABatch() throws Exception {
        HttpResponse<String> taken = browser.post(
                "/captures/new",
                Map.of(
                        "urls",
                        "https://" + host + "/4\nnonsense\nhttps://" + host + "/5",
                        "skipBad",
                        "true",
                        "batchName",
                        "名单",
                        "secondOfficer",
                        second.id()));
        assertThat(taken.statusCode()).as(taken.body()).isEqualTo(302);
        String path = taken.headers().firstValue("Location").orElseThrow().replaceFirst("^https?://[^/]+", "");
        assertThat(path).startsWith("/batches/");
        assertThat(browser.get(path).body()).contains("名单", "nonsense");
        assertThat(page(path)).contains("名单");
        assertThat(page("/batches")).contains("名单");
        assertThat(browser.get(path + "/live").body()).startsWith("<div id=\"live\"");
        assertThat(browser.post(path + "/cancel", Map.of()).statusCode()).isEqualTo(302);
        page(path);
    }

    @Test
    void scheduleIsMadePausedAndEnded() throws Exception {
        page("/schedules/new");
        Map<String, String> form = Map.of(
                "urls",
                "https://" + host + "/6",
                "name",
                "每日",
                "often",
                "daily",
                "time",
                "09:30",
                "lastDay",
                LocalDate.now(Clock.systemUTC()).plusDays(9).toString(),
                "secondOfficer",
                second.id());
        HttpResponse<String> made = browser.post("/schedules/new", form);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(302);
        String path = made.headers().firstValue("Location").orElseThrow().replaceFirst("^https?://[^/]+", "");
        assertThat(page(path)).contains("0 30 9 * * *");
        assertThat(browser.post(path + "/pause", Map.of()).statusCode()).isEqualTo(302);
        page(path);
        assertThat(browser.post(path + "/resume", Map.of()).statusCode()).isEqualTo(302);
        assertThat(browser.post(path + "/end", Map.of()).statusCode()).isEqualTo(302);
        assertThat(page(path)).doesNotContain(path + "/end");
        assertThat(page("/schedules")).contains("每日");
        HttpResponse<String> refused = browser.post(
                "/schedules/new?lang=en",
                Map.of("urls", "https://" + host + "/6", "often", "cron", "cron", "* * * * *", "lastDay", "x"));
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).doesNotContain("??");
    }

    @Test
    void administratorSeesAgentsAndNoAddresses() throws Exception {
        submit("https://" + host + "/7");
        TestUsers.Browser admin = TestUsers.signIn(uri("/"), TestUsers.create(accounts, Role.SYSTEM_ADMINISTRATOR));
        leases.lease("agent-" + host, "account", "1.0", 0);
        assertThat(admin.get("/captures").statusCode()).isEqualTo(403);
        assertThat(admin.post("/agents/limits", Map.of("host", host, "concurrent", "3", "intervalMillis", "5"))
                        .statusCode())
                .isEqualTo(302);
        for (String language : new String[] {"zh", "en"}) {
            HttpResponse<String> page = admin.get("/agents?lang=" + language);
            assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
            assertThat(page.body())
                    .contains("agent-" + host)
                    .doesNotContain("??")
                    .doesNotContain("https://" + host);
        }
        assertThat(browser.get("/agents").statusCode()).isEqualTo(403);
        assertThat(browser.post("/agents/x/pause", Map.of()).statusCode()).isEqualTo(403);
    }

    /** The page in both languages; the Chinese one is returned. */
    private String page(String path) throws Exception {
        String body = "";
        for (String language : new String[] {"en", "zh"}) {
            HttpResponse<String> page = browser.get(path + (path.contains("?") ? "&" : "?") + "lang=" + language);
            assertThat(page.statusCode()).as(path + "\n" + page.body()).isEqualTo(200);
            body = page.body();
            assertThat(body).as(path).doesNotContain("??").doesNotContain("th:").contains("</html>");
        }
        return body;
    }

    private long submit(String url) throws Exception {
        HttpResponse<String> answer =
                browser.post("/captures/new", Map.of("urls", url, "priority", "1", "secondOfficer", second.id()));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(302);
        String location = answer.headers().firstValue("Location").orElseThrow();
        return Long.parseLong(location.substring(location.lastIndexOf('/') + 1));
    }

    /** The host may have to rest first; what other tests left waiting is left to its time-out. */
    private Job leaseOf(long id) throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            Optional<Lease> lease = leases.lease("agent-" + host, "account", "1.0", 500);
            if (lease.isPresent() && lease.get().job().id() == id) {
                return lease.get().job();
            }
            if (lease.isEmpty()) {
                Thread.sleep(100);
            }
        }
        throw new AssertionError("job " + id + " was never leased");
    }
}
