package org.tiezheng.archive.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiezheng.archive.jobs.JobsWorld.FIRST;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.archive.jobs.BatchReceipt.Problem;
import org.tiezheng.archive.jobs.BatchReceipt.Why;
import org.tiezheng.archive.jobs.JobRefused.Code;

class SubmissionsTest {
    private final JobsWorld world = new JobsWorld();

    @Test
    void sameKeyAndBodyMakeOneJob() {
        Job one = world.submissions.submit("https://a.example/", JobsWorld.submission(), FIRST, "k-1");
        Job two = world.submissions.submit("https://a.example/", JobsWorld.submission(), FIRST, "k-1");
        assertThat(two.id()).isEqualTo(one.id());
        assertThat(world.count("select count(*) from job")).isEqualTo(1);
        assertThat(world.actions(one)).containsExactly("job.submit");
    }

    @Test
    void sameKeyWithAnotherBodyIsRefused() {
        world.submissions.submit("https://a.example/", JobsWorld.submission(), FIRST, "k-1");
        refused(
                Code.KEY_REUSED,
                () -> world.submissions.submit("https://b.example/", JobsWorld.submission(), FIRST, "k-1"));
        assertThat(world.count("select count(*) from job")).isEqualTo(1);
    }

    @Test
    void keyOfARefusedSubmitIsStillFree() {
        Submission nobody = new Submission(JobsWorld.OPTIONS, CaptureContext.NONE, "nobody", 5);
        refused(Code.SECOND_OFFICER, () -> world.submissions.submit("https://a.example/", nobody, FIRST, "k-1"));
        world.submissions.submit("https://a.example/", JobsWorld.submission(), FIRST, "k-1");
    }

    @Test
    void sameKeyAtTheSameMomentMakesOneJob() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Future<Job>> futures = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                futures.add(threads.submit(
                        () -> world.submissions.submit("https://a.example/", JobsWorld.submission(), FIRST, "k-2")));
            }
            List<Long> ids = new ArrayList<>();
            for (Future<Job> future : futures) {
                ids.add(future.get(60, TimeUnit.SECONDS).id());
            }
            assertThat(ids).containsOnly(ids.get(0));
        } finally {
            threads.shutdownNow();
        }
        assertThat(world.count("select count(*) from job")).isEqualTo(1);
    }

    @Test
    void onePersonIsNotTwoOfficers() {
        world.officer("officer-1b", "执法人员甲", "3601-001");
        refused(Code.SAME_OFFICER, () -> submitWith("officer-1"));
        // Another account, but the same certificate.
        refused(Code.SAME_OFFICER, () -> submitWith("officer-1b"));
        refused(Code.SECOND_OFFICER, () -> submitWith(null));
        refused(Code.SECOND_OFFICER, () -> submitWith("nobody"));
    }

    @Test
    void certificateMustBeInForceToday() {
        world.clock.advance(Duration.ofDays(101));
        refused(Code.CERTIFICATE, () -> world.submit("https://a.example/"));
    }

    private void submitWith(@Nullable String second) {
        world.submissions.submit(
                "https://a.example/", new Submission(JobsWorld.OPTIONS, CaptureContext.NONE, second, 5), FIRST, null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "https://user:secret@shop.example/",
                "http://127.0.0.1/",
                "http://[::1]:80/",
                "http://169.254.169.254/latest",
                "javascript:alert(1)",
                "shop.example",
                "https://a b.example/",
                ""
            })
    void addressAnAgentWouldRefuseIsRefusedHere(String url) {
        refused(Code.ADDRESS, () -> world.submit(url));
    }

    @Test
    void samePageIsRecognisedWhateverItsFragment() {
        Job job = world.submit("https://Shop.example:443/a?b=1#top");
        assertThat(world.submissions.samePage("https://shop.example/a?b=1"))
                .extracting(Submissions.SamePage::jobId)
                .containsExactly(job.id());
        assertThat(world.submissions.samePage("https://shop.example/a?b=2")).isEmpty();
        assertThat(world.submissions.samePage("no address")).isEmpty();
    }

    @Test
    void listWithABadLineMakesNothing() throws IOException {
        BatchReceipt receipt = batch("https://a.example/\nnot an address\n\nhttps://b.example/\n", false);
        assertThat(receipt.batchId()).isNull();
        assertThat(receipt.problems()).containsExactly(new Problem(2, "not an address", Why.ADDRESS));
        assertThat(world.count("select count(*) from job") + world.count("select count(*) from batch"))
                .isZero();
    }

    @Test
    void badLinesAreSkippedIfThatIsWantedAndNamed() throws IOException {
        BatchReceipt receipt =
                batch("https://a.example/\nnot an address\nhttps://a.example/#again\nhttps://b.example/", true);
        assertThat(receipt.jobs()).isEqualTo(2);
        assertThat(receipt.problems())
                .containsExactly(
                        new Problem(2, "not an address", Why.ADDRESS),
                        new Problem(3, "https://a.example/#again", Why.DUPLICATE));
        assertThat(world.count("select count(*) from job where batch_id = " + receipt.batchId()))
                .isEqualTo(2);
    }

    @Test
    void tenThousandAddressesAreOneBatchAndOneMoreIsTooMany() throws IOException {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            list.append("https://shop")
                    .append(i % 50)
                    .append(".example/")
                    .append(i)
                    .append('\n');
        }
        assertThat(batch(list.toString(), false).jobs()).isEqualTo(10_000);
        list.append("https://one.more.example/\n");
        refused(Code.TOO_MANY, () -> read(list.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void columnsOfACsvOverrideWhatTheSubmissionSays() throws IOException {
        String csv =
                "\uFEFF序号,网址,店铺,备注\r\n1,\"https://a.example/?q=1,2\",\"甲\"\"店\"\"\",x\r\n2,https://b.example/,,\r\n";
        AddressList.Read list = AddressList.read(
                new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)),
                new CaptureContext(null, null, null, null, "乙店", null),
                10,
                1_000);
        assertThat(list.lines())
                .extracting(AddressLine::url)
                .containsExactly("https://a.example/?q=1,2", "https://b.example/");
        assertThat(list.lines()).extracting(line -> line.context().shop()).containsExactly("甲\"店\"", "乙店");
    }

    @Test
    void listFromASpreadsheetInChinaIsRead() throws IOException {
        byte[] csv = "网址,店铺\nhttps://a.example/,镕记商行\n".getBytes(Charset.forName("GB18030"));
        assertThat(read(csv).lines()).extracting(line -> line.context().shop()).containsExactly("镕记商行");
    }

    @Test
    void linesThatCannotBeReadAreNamed() throws IOException {
        String list = "https://a.example/\n\"no end\nhttps://" + "x".repeat(20_000) + "\nhttps://b.example/";
        AddressList.Read read = read(list.getBytes(StandardCharsets.UTF_8));
        assertThat(read.lines()).extracting(AddressLine::number).containsExactly(1, 4);
        assertThat(read.problems()).extracting(Problem::line).containsExactly(2, 3);
        assertThat(read.problems()).extracting(Problem::why).containsOnly(Why.UNREADABLE);
    }

    @Test
    void listOverTheUploadLimitIsRefused() {
        refused(
                Code.TOO_MANY,
                () -> AddressList.read(new ByteArrayInputStream(new byte[2_000]), CaptureContext.NONE, 10, 1_999));
    }

    private AddressList.Read read(byte[] list) throws IOException {
        return AddressList.read(new ByteArrayInputStream(list), CaptureContext.NONE, 10_000, 5_000_000);
    }

    private BatchReceipt batch(String list, boolean skipBad) throws IOException {
        return world.submissions.submitBatch(
                "list", read(list.getBytes(StandardCharsets.UTF_8)), JobsWorld.submission(), skipBad, FIRST, null);
    }

    private static void refused(Code code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        JobRefused.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
