package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.filing.check.CheckItem;
import org.tiezheng.archive.filing.check.CheckOutcome;
import org.tiezheng.archive.filing.check.CheckReport;
import org.tiezheng.archive.filing.check.CheckResult;
import org.tiezheng.archive.filing.check.CheckResult.Result;
import org.tiezheng.archive.filing.check.CheckRun;
import org.tiezheng.archive.filing.check.Clamd;
import org.tiezheng.archive.filing.check.FourPropertyCheck;
import org.tiezheng.archive.web.Bundles;
import org.tiezheng.archive.web.Problem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The four-property check on real packages, whole and damaged in one way each. */
class FourPropertyTest {
    private static final int PLENTY = 1 << 26;

    @TempDir
    private static Path folder;

    private static FilingWorld world;

    @BeforeAll
    static void begin() throws IOException {
        world = new FilingWorld(folder);
        var unused = world.fonds();
    }

    @AfterAll
    static void end() throws IOException {
        world.close();
    }

    private static CheckRun run(UUID id, FourPropertyCheck check) throws Exception {
        FilingDesk desk = world.desk(check);
        return desk.checkForFiling(
                world.catalogue.find(id).orElseThrow(), FilingWorld.CHOICE, FilingWorld.ARCHIVIST, (read, of) -> {});
    }

    private static Map<CheckItem, Result> results(CheckRun run) {
        return run.results().stream().collect(Collectors.toMap(CheckResult::item, CheckResult::result));
    }

    private static List<CheckItem> having(CheckRun run, Result result) {
        return run.results().stream()
                .filter(one -> one.result() == result)
                .map(CheckResult::item)
                .toList();
    }

    private static byte[] png() throws IOException {
        BufferedImage image = new BufferedImage(64, 300, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 300; y++) {
            image.setRGB(y % 64, y, y * 7919);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "png", out)).isTrue();
        return out.toByteArray();
    }

    private static byte[] pdf() throws IOException {
        try (PDDocument document = new PDDocument();
                ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            document.addPage(new PDPage());
            document.save(out);
            return out.toByteArray();
        }
    }

    private static byte[] mp4() throws Exception {
        Path file = Files.createTempFile(folder, "v", ".mp4");
        Process process = new ProcessBuilder(
                        "ffmpeg",
                        "-y",
                        "-v",
                        "error",
                        "-f",
                        "lavfi",
                        "-i",
                        "testsrc=duration=1:size=64x64:rate=5",
                        "-pix_fmt",
                        "yuv420p",
                        "-c:v",
                        "libx264",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("ffmpeg.txt").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return Files.readAllBytes(file);
    }

    @Test
    void aWholePackagePassesEveryItemThatAProgramCanDecide() throws Exception {
        UUID id = world.evidence(
                world.whole(
                        "全",
                        Map.of(
                                "evidence/screenshot.png", png(),
                                "evidence/page.pdf", pdf(),
                                "evidence/video.mp4", mp4())),
                null);
        try (FakeClamd clamd = new FakeClamd(PLENTY)) {
            CheckRun run = run(id, world.check(Clamd.at(clamd.address(), Duration.ofSeconds(5)), true));
            assertThat(run.results()).as("all items").hasSize(40);
            assertThat(run.results().stream().filter(one -> one.result() == Result.FAIL))
                    .isEmpty();
            // The scope of filing is for a person; the video's steps are not in the sample.
            assertThat(having(run, Result.MANUAL)).containsExactly(CheckItem.ATTACHMENTS_COMPLETE, CheckItem.SCOPE);
            assertThat(run.outcome()).isEqualTo(CheckOutcome.OPEN);
            assertThat(results(run)).containsEntry(CheckItem.VIRUS, Result.PASS);
            assertThat(results(run)).containsEntry(CheckItem.CODECS, Result.PASS);
            assertThat(world.audit.ofObject("evidence", id.toString()))
                    .anyMatch(entry -> entry.event().action().equals("evidence.check"));
            assertThat(world.runs.of(id)).hasSize(1);
        }
    }

    @Test
    void withoutAScannerNothingIsSaidToBeCleanAndTheSettingDecides() throws Exception {
        UUID id = world.evidence(world.whole("无", Map.of()), null);
        CheckRun warn = run(id, world.check(null, false));
        assertThat(results(warn)).containsEntry(CheckItem.VIRUS, Result.MANUAL);
        assertThat(results(warn)).containsEntry(CheckItem.SCANNER, Result.MANUAL);
        assertThat(warn.outcome()).isEqualTo(CheckOutcome.OPEN);
        assertThat(run(id, world.check(null, true)).outcome()).isEqualTo(CheckOutcome.BLOCK);
        // Nobody listens there.
        CheckRun away = run(id, world.check(Clamd.at("127.0.0.1:1", Duration.ofSeconds(2)), false));
        assertThat(results(away)).containsEntry(CheckItem.VIRUS, Result.MANUAL);
        try (FakeClamd small = new FakeClamd(100)) {
            CheckRun partly = run(id, world.check(Clamd.at(small.address(), Duration.ofSeconds(5)), false));
            assertThat(results(partly)).containsEntry(CheckItem.VIRUS, Result.MANUAL);
            assertThat(results(partly)).containsEntry(CheckItem.SCANNER, Result.PASS);
        }
    }

    @Test
    void aVirusBlocks() throws Exception {
        UUID id = world.evidence(
                world.whole(
                        "毒",
                        Map.of(
                                "evidence/page.txt",
                                ("a " + FakeClamd.VIRUS + " b").getBytes(StandardCharsets.US_ASCII))),
                null);
        try (FakeClamd clamd = new FakeClamd(PLENTY)) {
            CheckRun run = run(id, world.check(Clamd.at(clamd.address(), Duration.ofSeconds(5)), false));
            assertThat(having(run, Result.FAIL)).containsExactly(CheckItem.VIRUS);
            assertThat(run.outcome()).isEqualTo(CheckOutcome.BLOCK);
            assertThat(world.desk(world.check(null, false)).allows(run, "无妨")).isFalse();
        }
    }

    @Test
    void aChangedByteInTheStoreBlocks() throws Exception {
        UUID id = world.evidence(world.whole("改", Map.of()), null);
        EvidenceObject wacz = world.catalogue.objects(id).stream()
                .filter(object -> object.member().endsWith(".wacz"))
                .findFirst()
                .orElseThrow();
        Path file;
        try (Stream<Path> all = Files.walk(folder.resolve("objects"))) {
            file = all.filter(Files::isRegularFile)
                    .filter(path -> path.toString().contains(wacz.sha256()))
                    .filter(path -> path.toFile().length() == wacz.sizeBytes())
                    .findFirst()
                    .orElseThrow();
        }
        assertThat(file.toFile().setWritable(true)).isTrue();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 3] ^= 1;
        Files.write(file, bytes);
        CheckRun run = run(id, world.check(null, false));
        assertThat(having(run, Result.FAIL)).contains(CheckItem.FIXITY, CheckItem.PACKAGE_EQUAL);
        assertThat(run.outcome()).isEqualTo(CheckOutcome.BLOCK);
    }

    @Test
    void filesThatAreNotWhatTheirNamesSayAreFound() throws Exception {
        byte[] cut = png();
        UUID id = world.evidence(
                world.whole(
                        "假",
                        Map.of(
                                "evidence/screenshot.png", Arrays.copyOf(cut, cut.length - 40),
                                "evidence/viewport.png", "MZ program".getBytes(StandardCharsets.US_ASCII),
                                "evidence/page.pdf", "%PDF-1.4 x".getBytes(StandardCharsets.US_ASCII),
                                "evidence/tool.exe", "MZ".getBytes(StandardCharsets.US_ASCII))),
                null);
        CheckRun run = run(id, world.check(null, false));
        assertThat(having(run, Result.FAIL))
                .contains(CheckItem.CONTENT_ATTRIBUTES, CheckItem.CONTENT_FORMAT, CheckItem.CONTENT_READABLE);
        assertThat(run.outcome()).isEqualTo(CheckOutcome.OPEN);
        assertThat(run.results().stream()
                        .filter(one -> one.item() == CheckItem.CONTENT_READABLE)
                        .map(one -> String.join(" ", one.arguments())))
                .allMatch(text -> text.contains("screenshot.png") && text.contains("page.pdf"));
    }

    @Test
    void aGapInTheProcessBlocksAndMissingMetadataWarn() throws Exception {
        // The short test capture.json lacks most of what the schema asks for.
        UUID poor = world.evidence("简", null);
        CheckRun warned = run(poor, world.check(null, false));
        assertThat(having(warned, Result.FAIL)).contains(CheckItem.METADATA_REQUIRED, CheckItem.ENVIRONMENT);
        assertThat(warned.outcome()).isEqualTo(CheckOutcome.OPEN);
        UUID gap = world.evidence(world.whole("断", Map.of()), null);
        world.database
                .jdbc()
                .sql("insert into automatic_review (evidence_id, account_id, name, note, reviewed_at)"
                        + " values (:id, 'x', 'x', 'never written down', now())")
                .param("id", gap)
                .update();
        CheckRun run = run(gap, world.check(null, false));
        assertThat(having(run, Result.FAIL)).containsExactly(CheckItem.PROCESS_COMPLETE);
        assertThat(run.outcome()).isEqualTo(CheckOutcome.BLOCK);
    }

    @Test
    void answersOfPersonsCountWhereTheCheckLeftAnItemOpenAndNowhereElse() throws Exception {
        UUID id = world.evidence(world.whole("答", Map.of()), null);
        FourPropertyCheck check = world.check(null, false);
        CheckRun run = run(id, check);
        for (CheckItem item : having(run, Result.MANUAL)) {
            world.runs.answer(run.id(), item, Result.PASS, "看过，符合", FilingWorld.ARCHIVIST);
        }
        CheckRun after = world.runs.find(run.id()).orElseThrow();
        assertThat(world.desk(check).outcome(after)).isEqualTo(CheckOutcome.PASS);
        assertThatThrownBy(
                        () -> world.runs.answer(run.id(), CheckItem.FIXITY, Result.FAIL, "不信", FilingWorld.ARCHIVIST))
                .isInstanceOf(Problem.class);
        assertThatThrownBy(() -> world.runs.answer(run.id(), CheckItem.SCOPE, Result.PASS, " ", FilingWorld.ARCHIVIST))
                .isInstanceOf(Problem.class);
        world.runs.answer(run.id(), CheckItem.SCOPE, Result.FAIL, "缺副卷目录", FilingWorld.ARCHIVIST);
        assertThat(world.desk(check).outcome(world.runs.find(run.id()).orElseThrow()))
                .isEqualTo(CheckOutcome.WARN);
    }

    @Test
    void aTaskFilesWhatMayBeFiledAndKeepsTheReport() throws Exception {
        UUID good = world.evidence(world.whole("好", Map.of()), "案-任务");
        UUID gap = world.evidence(world.whole("缺", Map.of()), "案-任务");
        world.database
                .jdbc()
                .sql("insert into automatic_review (evidence_id, account_id, name, note, reviewed_at)"
                        + " values (:id, 'x', 'x', 'never written down', now())")
                .param("id", gap)
                .update();
        UUID raw = world.archive.archive(
                world.packages.make("生", "http://shop.example/" + UUID.randomUUID(), "x"),
                new org.tiezheng.archive.catalogue.NewEvidence.InitialLinks(null, "案-任务", null, null, null));
        FilingDesk desk = world.desk(world.check(null, false));
        FilingDesk.Selection selection = new FilingDesk.Selection(null, "案-任务", null);
        FilingDesk.Plan plan = desk.preview(selection, FilingWorld.CHOICE, FilingWorld.ARCHIVIST);
        assertThat(plan.total()).isEqualTo(3);
        assertThat(plan.rows()).filteredOn(row -> row.refusal() != null).hasSize(1);
        FilingTask task = desk.start(selection, FilingWorld.CHOICE, "材料齐全，未配杀毒软件", FilingWorld.ARCHIVIST);
        world.runner(desk).drain();
        assertThat(world.tasks.find(task.id()).orElseThrow().state()).isEqualTo(FilingTask.State.DONE);
        Map<UUID, FilingItem> items = world.tasks.items(task.id(), 0, 10).stream()
                .collect(Collectors.toMap(FilingItem::evidenceId, item -> item));
        assertThat(items.get(good).state()).isEqualTo(FilingItem.State.FILED);
        assertThat(items.get(gap).state()).isEqualTo(FilingItem.State.BLOCKED);
        assertThat(items.get(raw).state()).isEqualTo(FilingItem.State.REFUSED);
        assertThat(items.get(raw).reason()).isEqualTo("NOT_CONFIRMED");
        Filed filed = world.register.find(good).orElseThrow();
        assertThat(filed.reason()).isEqualTo("材料齐全，未配杀毒软件");
        JsonNode report =
                JsonMapper.shared().readTree(desk.report(filed.runId()).orElseThrow());
        assertThat(report.path("archivalCode").asString()).isEqualTo(filed.archivalCode());
        assertThat(report.path("items")).hasSize(40);
        assertThat(report.path("metadata").path("档号").asString()).isEqualTo(filed.archivalCode());
        assertThat(filed.reportSha256()).hasSize(64);
        assertThat(world.database
                        .jdbc()
                        .sql("select count(*) from log_queue where kind = 'report' and leaf like :leaf")
                        .param("leaf", "%" + filed.reportSha256() + "%")
                        .query(Integer.class)
                        .single())
                .isEqualTo(1);
    }

    @Test
    void whatIsLeftOpenWaitsForAPersonAndWhatWasFiledIsCheckedAgain() throws Exception {
        UUID id = world.evidence(world.whole("等", Map.of()), null);
        FourPropertyCheck check = world.check(null, false);
        FilingDesk desk = world.desk(check);
        FilingTask task =
                desk.start(new FilingDesk.Selection(id, null, null), FilingWorld.CHOICE, null, FilingWorld.ARCHIVIST);
        world.runner(desk).drain();
        FilingItem item = world.tasks.item(task.id(), 0).orElseThrow();
        assertThat(item.state()).isEqualTo(FilingItem.State.OPEN);
        assertThat(world.catalogue.find(id).orElseThrow().archivalCode()).isNull();
        assertThatThrownBy(() -> {
                    Filed unused = desk.finish(task.id(), 0, " ", FilingWorld.ARCHIVIST);
                })
                .isInstanceOf(Problem.class);
        Filed filed = desk.finish(task.id(), 0, "已核对", FilingWorld.ARCHIVIST);
        assertThat(world.tasks.item(task.id(), 0).orElseThrow().state()).isEqualTo(FilingItem.State.FILED);
        FilingTask again = desk.startCheck(List.of(id), FilingWorld.ARCHIVIST);
        world.runner(desk).drain();
        FilingItem checked = world.tasks.item(again.id(), 0).orElseThrow();
        assertThat(checked.state()).isEqualTo(FilingItem.State.CHECKED);
        CheckRun run = world.runs.find(checked.runId()).orElseThrow();
        assertThat(having(run, Result.FAIL)).isEmpty();
        assertThat(run.results().get(6).item().code(run.profile())).isEqualTo("CQ-1-7");
        assertThat(run.results().get(6).arguments()).containsExactly(filed.archivalCode());
        assertThat(desk.report(run.id())).isPresent();
    }

    @Test
    void everyItemAndEverySentenceHasWordsInBothLanguages() throws Exception {
        CheckReport report = new CheckReport(Bundles.source());
        for (CheckItem item : CheckItem.values()) {
            assertThat(report.name(item, java.util.Locale.ENGLISH)).isNotBlank();
            assertThat(report.name(item, java.util.Locale.SIMPLIFIED_CHINESE)).isNotBlank();
        }
    }
}
