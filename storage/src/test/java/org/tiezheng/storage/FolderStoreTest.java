package org.tiezheng.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FolderStoreTest extends ObjectStoreContract {
    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();
    private FolderStore store;

    @BeforeEach
    void createStore() throws IOException {
        store = FolderStore.create("objects", folder.resolve("objects"), clock);
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
    }

    @Override
    ObjectStore store() {
        return store;
    }

    @Override
    Instant now() {
        return clock.instant();
    }

    @Override
    void passUntil(Instant instant) {
        clock.moveTo(instant);
    }

    private Path file(StoredObject object) {
        return folder.resolve("objects")
                .resolve(object.version().key() + "@" + object.version().versionId());
    }

    @Test
    void objectsAreReadOnlyFiles() throws IOException {
        StoredObject stored = put("file", "bytes");

        assertThat(Files.readString(file(stored))).isEqualTo("bytes");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(stored))))
                .isEqualTo("r--r--r--");
    }

    @Test
    void changedBytesAreNoticedByWhoeverReadsThemAll() throws IOException {
        StoredObject stored = put("changed", "bytes");
        Files.delete(file(stored));
        Files.writeString(file(stored), "bytez");

        assertThatThrownBy(() -> read(stored)).isInstanceOf(ContentMismatchException.class);
        assertThatThrownBy(() -> put("changed", "bytes")).hasMessageContaining("damaged");
    }

    @Test
    void anObjectWhoseLockRecordIsLostStaysLocked() throws IOException {
        StoredObject stored = put("lost", "bytes");
        Path record = file(stored).resolveSibling(file(stored).getFileName() + ".lock.json");
        Files.delete(record);

        assertThatThrownBy(() -> store.delete(stored.version())).isInstanceOf(ObjectLockedException.class);
        assertThatThrownBy(() -> store.head(stored.version())).hasMessageContaining("missing");
        assertThat(list(key("lost")))
                .singleElement()
                .satisfies(o -> assertThat(o.retention()).isNull());
    }

    @Test
    void aForeignLockRecordIsNotBelieved() throws IOException {
        StoredObject one = put("one", "bytes");
        StoredObject other = put("other", Bytes.utf8("other"), now().plusSeconds(1));
        Path record = file(one).resolveSibling(file(one).getFileName() + ".lock.json");
        Files.delete(record);
        Files.copy(file(other).resolveSibling(file(other).getFileName() + ".lock.json"), record);

        clock.moveTo(now().plusSeconds(10));
        assertThatThrownBy(() -> store.delete(one.version())).hasMessageContaining("not its own");
        Files.delete(record);
        Files.writeString(record, "{\"v\":1,\"v\":1}");
        assertThatThrownBy(() -> store.delete(one.version())).hasMessageContaining("cannot be read");
        assertThat(Files.exists(file(one))).isTrue();
    }

    @Test
    void aStoreThatIsNotThereIsNotMadeByOpening() {
        Path unmounted = folder.resolve("unmounted");

        assertThatThrownBy(() -> FolderStore.open("objects", unmounted, clock)).hasMessageContaining("mounted");
        assertThat(FolderStore.exists(unmounted)).isFalse();
        assertThat(Files.exists(unmounted)).isFalse();
    }

    @Test
    void twoInstancesOnOneFolderDoNotDisturbEachOther() throws Exception {
        try (FolderStore other = FolderStore.open("objects", folder.resolve("objects"), clock)) {
            StoredObject stored = put("shared", "bytes");
            Thread holds = new Thread(() -> {
                for (int i = 0; i < 50; i++) {
                    try {
                        other.setLegalHold(stored.version(), i % 2 == 0);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            });
            holds.start();
            Instant until = stored.storedAt();
            for (int i = 1; i <= 50; i++) {
                until = stored.storedAt().plusSeconds(7200 + i);
                store.extendRetention(stored.version(), until);
            }
            holds.join(TimeUnit.SECONDS.toMillis(60));
            assertThat(holds.isAlive()).isFalse();
            assertThat(head(stored).retention()).isEqualTo(Retention.compliance(until));
            assertThat(head(stored).legalHold()).isFalse();
        }
    }

    /** A child process puts an object and halts, as by kill -9, at {@code step}. */
    @ParameterizedTest
    @EnumSource(FolderStore.Step.class)
    void dyingAtAnyStepLeavesAWholeObjectOrNone(FolderStore.Step step) throws Exception {
        Path root = folder.resolve("objects");
        assertThat(runChild(root, step)).isEqualTo(137);

        store.close();
        store = FolderStore.open("objects", root, Clock.systemUTC());

        boolean wasPublished = step == FolderStore.Step.BYTES_PUBLISHED;
        List<StoredObject> there = list("crash/");
        assertThat(there).hasSize(wasPublished ? 1 : 0);
        try (Stream<Path> left = Files.list(root.resolve(".unfinished"))) {
            assertThat(left).isEmpty();
        }
        for (StoredObject object : there) {
            assertThat(read(object)).asString().isEqualTo("bytes");
            assertThat(object.retention()).isNotNull();
        }
        // The caller never got an answer: it repeats.
        byte[] bytes = Bytes.utf8("bytes");
        StoredObject repeated = store.put(
                new PutRequest(
                        "crash/one",
                        bytes.length,
                        Bytes.sha256(bytes),
                        Retention.compliance(Clock.systemUTC().instant().plusSeconds(60)),
                        false),
                new ByteArrayInputStream(bytes));
        assertThat(read(repeated)).isEqualTo(bytes);
        assertThat(list("crash/")).containsExactly(repeated);
    }

    private static int runChild(Path root, FolderStore.Step step) throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Dying.class.getName(),
                        root.toString(),
                        step.name())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!child.waitFor(120, TimeUnit.SECONDS)) {
            child.destroyForcibly();
            throw new AssertionError("the child hangs");
        }
        return child.exitValue();
    }

    /** Puts {@code crash/one}, deletes it when its lock has ended, and halts at the named step. */
    static final class Dying {
        public static void main(String[] arguments) throws Exception {
            FolderStore.Step last = FolderStore.Step.valueOf(arguments[1]);
            TestClock clock = new TestClock();
            FolderStore store = FolderStore.open("objects", Path.of(arguments[0]), clock, step -> {
                if (step == last) {
                    Runtime.getRuntime().halt(137);
                }
            });
            byte[] bytes = Bytes.utf8("bytes");
            Instant until = clock.instant().plusSeconds(1);
            StoredObject stored = store.put(
                    new PutRequest("crash/one", bytes.length, Bytes.sha256(bytes), Retention.compliance(until), false),
                    new ByteArrayInputStream(bytes));
            clock.moveTo(until.plusSeconds(1));
            store.delete(stored.version());
        }
    }

    @Test
    void goodBytesArePutBesideDamagedOnesWhichStay() throws IOException {
        StoredObject stored = put("beside", "bytes");
        Files.delete(file(stored));
        Files.writeString(file(stored), "bytez");
        PutRequest request =
                new PutRequest(stored.version().key(), 5, stored.sha256(), stored.retention(), stored.legalHold());
        Set<String> damaged = Set.of(stored.version().versionId());

        StoredObject good = store.putBeside(request, new ByteArrayInputStream(Bytes.utf8("bytes")), damaged);
        StoredObject again = store.putBeside(request, new ByteArrayInputStream(Bytes.utf8("bytes")), damaged);

        assertThat(good.version().versionId()).isEqualTo(stored.sha256() + ".2");
        assertThat(again).isEqualTo(good);
        assertThat(read(good)).isEqualTo(Bytes.utf8("bytes"));
        assertThat(Files.readString(file(stored))).isEqualTo("bytez");
        assertThat(store.head(good.version())).contains(good);
        assertThatThrownBy(() -> store.delete(good.version())).isInstanceOf(ObjectLockedException.class);
        assertThat(list(key("beside")))
                .extracting(object -> object.version().versionId())
                .containsExactlyInAnyOrder(stored.sha256(), stored.sha256() + ".2");
        // Who puts the same bytes later gets the good version.
        assertThat(put("beside", "bytes").version()).isEqualTo(good.version());
    }

    @Test
    void aVersionThatIsGoneIsNotPutAgainUnderItsOldName() throws IOException {
        StoredObject stored = put("gone", "bytes");
        Files.delete(file(stored));
        PutRequest request =
                new PutRequest(stored.version().key(), 5, stored.sha256(), stored.retention(), stored.legalHold());

        StoredObject good = store.putBeside(
                request,
                new ByteArrayInputStream(Bytes.utf8("bytes")),
                Set.of(stored.version().versionId()));

        assertThat(good.version().versionId()).isEqualTo(stored.sha256() + ".2");
        assertThat(store.head(stored.version())).isEmpty();
    }

    @Test
    void theListingOfVersionsSaysWhatIsThereAndNotWhatWasRecorded() throws IOException {
        StoredObject stored = put("listed", "bytes");
        Files.delete(file(stored));
        Files.writeString(file(stored), "by");
        List<ListedVersion> listed = new ArrayList<>();

        store.listVersions(key("listed"), listed::add);

        assertThat(listed).singleElement().satisfies(version -> {
            assertThat(version.version()).isEqualTo(stored.version());
            assertThat(version.sizeBytes()).isEqualTo(2);
            assertThat(version.deleteMarker()).isFalse();
        });
    }
}
