package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.support.ui.Select;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.ServerTest;
import org.tiezheng.archive.identity.Accounts;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.screens.TestBrowser;

/**
 * New capture and live view in a real browser: what happens on the server shows without a reload. Pictures for people who look:
 * {@code -Dtiezheng.pictures=FOLDER}.
 */
class LiveBrowserTest extends ServerTest {
    @Autowired
    private Accounts accounts;

    @Autowired
    private Officers officers;

    @Autowired
    private Jobs jobs;

    @Autowired
    private Leases leases;

    @Autowired
    private Submissions submissions;

    @Autowired
    private TransactionTemplate transactions;

    private final String host = "live" + UUID.randomUUID() + ".example";

    @Test
    void captureIsSubmittedWatchedCancelledTriedAgainAndArchived() throws Exception {
        TestUsers.User first = TestUsers.officer(accounts, officers, Role.INSPECTOR);
        TestUsers.User second = TestUsers.officer(accounts, officers, Role.SECOND_OFFICER);
        try (TestBrowser browser = TestBrowser.start(uri("/"))) {
            browser.signIn(first);
            browser.open("/captures/new", "zh");
            // The cursor is in the box already.
            browser.driver().switchTo().activeElement().sendKeys("https://" + host + "/item");
            new Select(browser.find("#secondOfficer")).selectByValue(second.id());
            pictures(browser, "new");
            browser.find("main form .actions button").click();
            browser.until("/^\\/captures\\/[0-9]+$/.test(location.pathname)");
            long id = Long.parseLong(browser.driver().getCurrentUrl().replaceAll(".*/captures/([0-9]+).*", "$1"));

            Job job = leaseOf(id);
            beat(job, "screenshot", 1_234_567);
            assertThat(leases.thumbnail(id, job.epoch(), jpeg())).isTrue();
            browser.until("document.querySelector('#live .steps .now')");
            browser.until("document.querySelector('img.live-picture')?.naturalWidth === 640");
            assertThat(browser.find("#live").getText()).contains("1.23 MB", "全页截图");
            pictures(browser, "live");

            // The question stays open, and its answer counts, though the page behind it changes meanwhile.
            browser.find("#cancel").click();
            browser.until("document.getElementById('confirm').open");
            beat(job, "pdf", 2_345_678);
            browser.until("document.querySelector('#live').textContent.includes('2.35 MB')");
            browser.find("#confirm button[value=yes]").click();
            browser.until("document.querySelector('.state-warn')");
            assertThat(leases.heartbeat(id, new Heartbeat(job.epoch(), "pdf", List.of(), 1, 1))
                            .orElseThrow()
                            .cancel())
                    .isTrue();
            jobs.cancelled(id, job.epoch());
            browser.until("document.querySelector('#retry')");
            browser.find("#retry").click();
            browser.until("document.querySelector('#cancel')");

            Job again = leaseOf(id);
            beat(again, "seal", 3_000_000);
            browser.until("document.querySelector('#live').textContent.includes('3.00 MB')");
            UUID evidence = UUID.randomUUID();
            transactions.executeWithoutResult(status -> jobs.archived(id, again.epoch(), evidence));
            browser.until("document.getElementById('evidence-link')");
            assertThat(browser.find("#evidence-link").getAttribute("href")).endsWith("/evidence/" + evidence);
            assertThat(browser.driver().findElements(By.id("cancel"))).isEmpty();
            pictures(browser, "done");

            // Typing an address that was captured before says so.
            browser.open("/captures/new");
            browser.find("#urls").sendKeys("https://" + host + "/item#x");
            browser.until("document.querySelector('#again a')");

            Submission submission =
                    new Submission(new CaptureOptions("phone", "zh-CN", 0, 180), CaptureContext.NONE, second.id(), 1);
            Job failing = submissions.submit("https://" + host + "/gone", submission, first.actor(), null);
            jobs.fail(failing.id(), leaseOf(failing.id()).epoch(), "CAPTURE_FAILED", "HTTP 404", false);
            browser.open("/captures/" + failing.id());
            pictures(browser, "failed");
            browser.open("/captures?mine=true");
            pictures(browser, "list");
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private void beat(Job job, String step, long bytes) {
        leases.heartbeat(
                job.id(),
                new Heartbeat(
                        job.epoch(),
                        step,
                        List.of(
                                new StepDone("environment", 1_900, "ok"),
                                new StepDone("browser", 2_400, "ok"),
                                new StepDone("load", 4_100, "timeout"),
                                new StepDone("video-start", 0, "skipped")),
                        bytes,
                        61_000));
    }

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

    private static byte[] jpeg() throws IOException {
        BufferedImage image = new BufferedImage(640, 360, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        pen.setColor(Color.ORANGE);
        pen.fillRect(40, 40, 300, 200);
        pen.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "jpeg", out);
        return out.toByteArray();
    }

    /** Also looks at the page closely: in both themes and on a phone, for faults a program can find. */
    private static void pictures(TestBrowser browser, String name) throws IOException {
        @Nullable String folder = System.getProperty("tiezheng.pictures");
        List<String> faults = new ArrayList<>();
        for (Map.Entry<String, Integer> look :
                Map.of("light", 1280, "dark", TestBrowser.PHONE_WIDTH).entrySet()) {
            browser.theme(look.getKey());
            browser.width(look.getValue());
            faults.addAll(browser.accessibility());
            if (!browser.overflow().isEmpty()) {
                faults.add(look + " " + browser.overflow());
            }
            if (folder != null) {
                browser.picture(Path.of(folder, "jobs-" + name + "-" + look.getKey() + ".png"));
            }
        }
        browser.theme("light");
        browser.width(1280);
        assertThat(faults).as(name).isEmpty();
    }
}
