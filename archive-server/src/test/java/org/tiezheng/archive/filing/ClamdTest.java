package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.filing.check.CheckItem;
import org.tiezheng.archive.filing.check.CheckOutcome;
import org.tiezheng.archive.filing.check.CheckResult;
import org.tiezheng.archive.filing.check.CheckResult.Result;
import org.tiezheng.archive.filing.check.CheckRun;
import org.tiezheng.archive.filing.check.Clamd;
import org.tiezheng.archive.filing.check.Clamd.Answer.Kind;

/** The virus scanner of the check is a real one here: ClamAV's own daemon, not a program of ours that speaks like it. */
class ClamdTest {
    private static final byte[] VIRUS = ("a " + FakeClamd.VIRUS + " b").getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private static Path folder;

    private static CheckRun run(FilingWorld world, UUID id, Clamd clamd) throws Exception {
        return world.desk(world.check(clamd, true))
                .checkForFiling(
                        world.catalogue.find(id).orElseThrow(),
                        FilingWorld.CHOICE,
                        FilingWorld.ARCHIVIST,
                        (read, of) -> {});
    }

    private static CheckResult virus(CheckRun run) {
        return run.results().stream()
                .filter(one -> one.item() == CheckItem.VIRUS)
                .findFirst()
                .orElseThrow();
    }

    private static byte[] zipped(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("inside.txt"));
            zip.write(content);
        }
        return bytes.toByteArray();
    }

    @Test
    void aRealScannerBlocksAVirusLetsTheCleanPassAndItsAbsenceIsSaid() throws Exception {
        try (FilingWorld world = new FilingWorld(folder.resolve("world"))) {
            var unused = world.fonds();
            UUID clean = world.evidence(world.whole("净", Map.of()), null);
            UUID infected = world.evidence(world.whole("毒", Map.of("evidence/page.txt", VIRUS)), null);
            RealClamd clamd = new RealClamd();
            try (clamd) {
                CheckRun passed = run(world, clean, clamd.client());
                assertThat(virus(passed).result()).isEqualTo(Result.PASS);
                assertThat(virus(passed).arguments()).anyMatch(text -> text.startsWith("ClamAV "));
                CheckRun blocked = run(world, infected, clamd.client());
                assertThat(virus(blocked).result()).isEqualTo(Result.FAIL);
                assertThat(String.join(" ", virus(blocked).arguments()))
                        .contains("page.txt")
                        .contains("Tiezheng.Test");
                assertThat(blocked.outcome()).isEqualTo(CheckOutcome.BLOCK);
            }
            CheckRun away = run(world, clean, clamd.client());
            assertThat(virus(away).result()).isEqualTo(Result.MANUAL);
            assertThat(away.outcome()).isEqualTo(CheckOutcome.BLOCK);
        }
    }

    @Test
    void whatIsPackedIsLookedIntoAndWhatIsOverALimitIsNotClean() throws Exception {
        try (RealClamd clamd = new RealClamd("StreamMaxLength 4M", "MaxFileSize 1M", "AlertExceedsMax yes")) {
            assertThat(clamd.scan(new byte[0]).kind()).isEqualTo(Kind.CLEAN);
            assertThat(clamd.scan("clean".getBytes(StandardCharsets.US_ASCII)).kind())
                    .isEqualTo(Kind.CLEAN);
            assertThat(clamd.scan(VIRUS).kind()).isEqualTo(Kind.FOUND);
            assertThat(clamd.scan(zipped(VIRUS)).kind()).isEqualTo(Kind.FOUND);
            // More than one block of the protocol; the signature crosses none of them.
            byte[] long_ = Arrays.copyOf(VIRUS, 900_000);
            assertThat(clamd.scan(long_).kind()).isEqualTo(Kind.FOUND);
            // clamd calls it "found"; it looked at nothing.
            Clamd.Answer over = clamd.scan(new byte[2_000_000]);
            assertThat(over.kind()).isEqualTo(Kind.ERROR);
            assertThat(over.text()).contains("Limits.Exceeded");
            Clamd.Answer refused = clamd.scan(new byte[8_000_000]);
            assertThat(refused.kind()).isEqualTo(Kind.ERROR);
            assertThat(refused.text()).contains("size limit");
        }
    }

    @Test
    void nobodyAtTheSocketIsAnError() {
        assertThatThrownBy(() -> {
                    String unused = Clamd.at(folder.resolve("nobody").toString(), java.time.Duration.ofSeconds(5))
                            .version();
                })
                .isInstanceOf(IOException.class);
    }
}
