package org.tiezheng.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.capture.record.Completeness;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;

/** Each test dies at another point, by letting go of the folder, and looks at what the next start makes of it. */
class DataFolderTest {
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
    private static final Digests DIGESTS = new Digests(Digest.sha256("ab".repeat(32)), Digest.sm3("cd".repeat(32)), 3);

    @TempDir
    Path root;

    private DataFolder data;
    private final UUID id = new UUID(7, 8);

    @BeforeEach
    void open() throws IOException {
        data = DataFolder.open(root, clock(NOON));
    }

    @Test
    void newDataFolderIsForItsOwnerOnly() throws IOException {
        Path fresh = root.resolve("parent/data");
        DataFolder.open(fresh, clock(NOON));
        for (Path folder : List.of(fresh, fresh.resolve("work"), fresh.resolve("packages"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .as("%s", folder)
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void captureThatDiedWhileRecordingIsReportedOnceLoggedAndKept() throws IOException {
        try (WorkFolder work = begin()) {
            work.update(WorkState.RECORDING, "");
        }
        List<DataFolder.Leftover> found = data.recover();
        assertThat(found).hasSize(1);
        assertThat(found.get(0).kind()).isEqualTo(DataFolder.Leftover.Kind.INTERRUPTED);
        assertThat(log()).contains(id.toString(), "INTERRUPTED", "died while RECORDING", "https://shop.example/");
        assertThat(folder()).exists();
        assertThat(data.recover()).isEmpty();
    }

    @Test
    void interruptedWorkIsRemovedAfterAWeek() throws IOException {
        begin().close();
        data.recover();
        DataFolder later = DataFolder.open(
                root, clock(NOON.plus(DataFolder.KEEP_INTERRUPTED).plusSeconds(1)));
        assertThat(later.recover())
                .extracting(DataFolder.Leftover::kind)
                .containsExactly(DataFolder.Leftover.Kind.REMOVED);
        assertThat(folder()).doesNotExist();
    }

    @Test
    void diedRightAfterTheRenameWaitsForItsSeal() throws IOException {
        try (WorkFolder work = begin()) {
            work.update(WorkState.ASSEMBLING, "");
            Files.writeString(work.waczPart(), "zip");
            work.assembled(WorkFolder.Assembled.of(DIGESTS, Completeness.Verdict.COMPLETE, "x"));
            // As if the state after the rename had not reached the disk.
            work.update(WorkState.ASSEMBLING, "");
        }
        assertThat(data.recover())
                .extracting(DataFolder.Leftover::kind)
                .containsExactly(DataFolder.Leftover.Kind.WAITING);
        try (WorkFolder work = data.claim(id).orElseThrow()) {
            assertThat(work.status().orElseThrow().state()).isEqualTo(WorkState.SEALING);
            assertThat(work.readAssembled().digests()).isEqualTo(DIGESTS);
        }
    }

    @Test
    void diedBeforeTheRenameIsInterrupted() throws IOException {
        try (WorkFolder work = begin()) {
            work.update(WorkState.ASSEMBLING, "");
            Files.writeString(work.waczPart(), "half a zip");
        }
        assertThat(data.recover())
                .extracting(DataFolder.Leftover::kind)
                .containsExactly(DataFolder.Leftover.Kind.INTERRUPTED);
    }

    @Test
    void endedCaptureWhoseFolderIsStillThereIsTidiedUpSilently() throws IOException {
        try (WorkFolder work = begin()) {
            work.update(WorkState.SEALED, "");
        }
        assertThat(data.recover()).isEmpty();
        assertThat(folder()).doesNotExist();
    }

    @Test
    void folderThatDiedBeforeItsFirstStateIsRemoved() throws IOException {
        Files.createDirectory(folder());
        assertThat(data.recover()).isEmpty();
        assertThat(folder()).doesNotExist();
    }

    @Test
    void workInProgressIsLeftAlone() throws IOException {
        try (WorkFolder work = begin()) {
            assertThat(data.recover()).isEmpty();
            assertThat(data.claim(id)).isEmpty();
            assertThat(WorkFolder.isHeld(folder())).isTrue();
            assertThat(work.status().orElseThrow().state()).isEqualTo(WorkState.PREPARING);
        }
        assertThat(WorkFolder.isHeld(folder())).isFalse();
    }

    @Test
    void halfWrittenStateFileCountsAsNone() throws IOException {
        begin().close();
        Files.writeString(folder().resolve("state.json.part"), "{\"id\":");
        assertThat(data.statuses()).hasSize(1);
    }

    @Test
    void foreignFoldersInWorkAreLeftAlone() throws IOException {
        Path foreign = Files.createDirectories(root.resolve("work").resolve("not-an-id"));
        assertThat(data.recover()).isEmpty();
        assertThat(foreign).exists();
    }

    private WorkFolder begin() throws IOException {
        return data.create(id, "https://shop.example/", data.packages());
    }

    private Path folder() {
        return root.resolve("work").resolve(id.toString());
    }

    private String log() throws IOException {
        return Files.readString(root.resolve("captures.ndjson"));
    }

    private static Clock clock(Instant now) {
        return Clock.offset(Clock.fixed(now, ZoneOffset.UTC), Duration.ZERO);
    }
}
