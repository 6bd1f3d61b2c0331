package org.tiezheng.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpStatus;
import org.springframework.util.unit.DataSize;

/**
 * The server's disk is full: really, on a small file system of its own, where this account may mount one. What is refused is said,
 * nothing is lost, and it goes on when there is room again.
 */
class DiskFullTest {
    private static final int DISK_BYTES = 48 << 20;

    @TempDir
    Path folder;

    private boolean mounted;
    private IngestWorld world;

    @BeforeEach
    void mount() throws Exception {
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_BYTES, "tiezheng-test", folder.toString());
        if (!mounted) {
            System.err.println(
                    "*** SKIPPED TESTS *** a full disk of the server: this account may not mount a file system");
        }
        Assumptions.assumeTrue(mounted, "NOT CHECKED: no file system can be mounted here");
        world = new IngestWorld(folder);
        IngestSettings d = IngestSettings.defaults();
        world.start(
                Step.Watch.NONE,
                world.store,
                new IngestSettings(
                        d.trustAnchors(),
                        d.indeterminate(),
                        d.checkSm3(),
                        d.deep(),
                        d.retention(),
                        d.retentionMode(),
                        d.maxPackage(),
                        d.maxOpenUploads(),
                        DataSize.ofMegabytes(1),
                        d.idleUploads(),
                        d.workers(),
                        d.retryFirst(),
                        d.retryMost()));
    }

    @AfterEach
    void unmount() throws Exception {
        if (world != null) {
            world.close();
        }
        if (mounted) {
            assertThat(run("umount", folder.toString())).isTrue();
        }
    }

    private static boolean run(String... command) throws Exception {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException noSuchProgram) {
            return false;
        }
    }

    private Path filler() {
        return folder.resolve("filler");
    }

    /** Takes what is free but {@code left} bytes. */
    private void fill(long left) throws IOException {
        byte[] block = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (Files.getFileStore(folder).getUsableSpace() > left + block.length) {
                out.write(block);
            }
        }
    }

    @Test
    void uploadsAreRefusedWithAPlainWordNothingIsLostAndItGoesOnWhenThereIsRoom() throws Exception {
        Path file = world.packages.makeLarge("大", "http://shop.example/large", 6 << 20);
        byte[] bytes = Files.readAllBytes(file);

        // No room at all: not even begun.
        fill(4 << 20);
        assertThatThrownBy(() -> world.begin(file, null, null, IngestWorld.PERSON))
                .isInstanceOfSatisfying(IngestRefused.class, DiskFullTest::saysNoRoom);
        Files.delete(filler());

        // Full in the middle of the bytes.
        Upload upload = world.begin(file, null, null, IngestWorld.PERSON);
        fill(3 << 20);
        assertThatThrownBy(
                        () -> world.uploads.append(upload.id(), 0, new ByteArrayInputStream(bytes), IngestWorld.PERSON))
                .isInstanceOfSatisfying(IngestRefused.class, DiskFullTest::saysNoRoom);
        long offset = world.upload(upload.id()).offset();
        assertThat(offset).as("what was written counts").isBetween(1L << 20, 4L << 20);
        assertThatThrownBy(() -> world.uploads.append(
                        upload.id(),
                        offset,
                        new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset),
                        IngestWorld.PERSON))
                .as("still full")
                .isInstanceOf(IngestRefused.class);
        Files.delete(filler());
        long now = world.upload(upload.id()).offset();
        long end = world.uploads.append(
                upload.id(),
                now,
                new ByteArrayInputStream(Arrays.copyOfRange(bytes, (int) now, bytes.length)),
                IngestWorld.PERSON);
        assertThat(end).isEqualTo(bytes.length);
        Upload complete = world.uploads.complete(upload.id(), IngestWorld.PERSON);
        assertThat(complete.state()).isEqualTo(UploadState.VERIFYING);

        // Full while the objects are stored: the store is on the same disk.
        fill(1 << 20);
        world.work();
        Upload waiting = world.upload(upload.id());
        assertThat(waiting.state()).isEqualTo(UploadState.STORING);
        assertThat(waiting.failure()).isNotEmpty();
        assertThat(world.count("select count(*) from evidence")).isZero();
        Files.delete(filler());
        world.clock.forward(Duration.ofMinutes(10));
        world.work();
        assertThat(world.upload(upload.id()).state()).isEqualTo(UploadState.ARCHIVED);
        try (OutputStream out = Files.newOutputStream(folder.resolve("back"))) {
            world.export.write(
                    java.util.Objects.requireNonNull(world.upload(upload.id()).evidenceId()), out);
        }
        assertThat(folder.resolve("back")).hasSameBinaryContentAs(file);
    }

    private static void saysNoRoom(IngestRefused refused) {
        assertThat(refused.code()).isEqualTo(IngestRefused.Code.NO_ROOM);
        assertThat(UploadAnswers.problem(refused).status()).isEqualTo(HttpStatus.INSUFFICIENT_STORAGE);
    }
}
