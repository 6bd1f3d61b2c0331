package org.tiezheng.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract on two folders, and what happens when one of them is away. */
class MirroredStoreTest extends ObjectStoreContract {
    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();
    private FolderStore primaryFolder;
    private FolderStore custodianFolder;
    private BrokenStore primary;
    private BrokenStore custodian;
    private CopyQueue queue;
    private MirroredStore store;

    @BeforeEach
    void open() throws IOException {
        primaryFolder = FolderStore.create("objects", folder.resolve("objects"), clock);
        custodianFolder = FolderStore.create("custodian", folder.resolve("custodian"), clock);
        primary = new BrokenStore(primaryFolder);
        custodian = new BrokenStore(custodianFolder);
        openMirror();
    }

    private void openMirror() throws IOException {
        queue = CopyQueue.open(folder.resolve("queue"));
        store = new MirroredStore(primary, custodian, queue, clock, 1L << 30);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        primaryFolder.close();
        custodianFolder.close();
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

    private List<StoredObject> copies() throws IOException {
        List<StoredObject> found = new ArrayList<>();
        custodianFolder.list("", found::add);
        return found;
    }

    private List<StoredObject> originals() throws IOException {
        List<StoredObject> found = new ArrayList<>();
        primaryFolder.list("", found::add);
        return found;
    }

    @Test
    void bothHaveWhatWasPut() throws IOException {
        StoredObject stored = put("one", "bytes");

        assertThat(copies()).containsExactly(stored);
        assertThat(store.status().waiting()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = BrokenStore.Cut.class,
            names = {"BEFORE", "ANSWER"})
    void aCustodianThatIsDownGetsItsCopiesLaterInOrder(BrokenStore.Cut cut) throws IOException {
        custodian.cut = cut;
        StoredObject first = put("first", "1");
        clock.moveTo(now().plus(Duration.ofHours(25)));
        StoredObject second = put("second", "2");

        assertThat(store.status().waiting()).isEqualTo(2);
        assertThat(store.status().age(now())).isEqualTo(Duration.ofHours(25));
        assertThat(store.status().lastFailure()).isNotEmpty();
        assertThat(store.waiting(10).stream().map(CopyQueue.Entry::key))
                .containsExactly(first.version().key(), second.version().key());
        if (cut == BrokenStore.Cut.BEFORE) {
            assertThat(store.catchUp()).isEqualTo(new MirroredStore.CaughtUp(0, 2, 2));
        }

        custodian.cut = BrokenStore.Cut.NOWHERE;
        MirroredStore.CaughtUp caughtUp = store.catchUp();

        assertThat(caughtUp).isEqualTo(new MirroredStore.CaughtUp(2, 0, 0));
        assertThat(copies().stream().map(StoredObject::version))
                .containsExactlyInAnyOrder(first.version(), second.version());
        assertThat(store.status().lastFailure()).isEmpty();
        assertThat(store.catchUp()).isEqualTo(new MirroredStore.CaughtUp(0, 0, 0));
    }

    @Test
    void putsDoNotWaitForACustodianThatHasJustFailed() throws IOException {
        custodian.cut = BrokenStore.Cut.BEFORE;
        put("first", "1");
        custodian.cut = BrokenStore.Cut.NOWHERE;

        put("second", "2");
        assertThat(custodian.puts).isZero();
        clock.moveTo(now().plusSeconds(MirroredStore.REST_SECONDS + 1));
        put("third", "3");

        assertThat(custodian.puts).isEqualTo(1);
        assertThat(store.status().waiting()).isEqualTo(2);
    }

    @Test
    void aPrimaryWhoseAnswerIsLostIsCopiedAllTheSame() throws IOException {
        primary.cut = BrokenStore.Cut.ANSWER;
        assertThatThrownBy(() -> put("lost", "bytes")).isInstanceOf(IOException.class);
        primary.cut = BrokenStore.Cut.NOWHERE;

        assertThat(store.status().waiting()).isEqualTo(1);
        store.catchUp();

        assertThat(copies()).hasSize(1);
        assertThat(put("lost", "bytes")).isEqualTo(originals().get(0));
        assertThat(copies()).hasSize(1);
        assertThat(store.status().waiting()).isZero();
    }

    @Test
    void aPutThatNeverReachedThePrimaryLeavesNothingToDo() throws IOException {
        primary.cut = BrokenStore.Cut.BEFORE;
        assertThatThrownBy(() -> put("never", "bytes")).isInstanceOf(IOException.class);
        primary.cut = BrokenStore.Cut.NOWHERE;

        store.catchUp();

        assertThat(copies()).isEmpty();
        assertThat(store.status().waiting()).isZero();
    }

    @Test
    void aChangedLockReachesTheCustodianLater() throws IOException {
        StoredObject stored = put("lock", "bytes");
        Instant later = now().plus(Duration.ofDays(100));
        custodian.cut = BrokenStore.Cut.BEFORE;
        store.extendRetention(stored.version(), later);
        store.setLegalHold(stored.version(), true);
        custodian.cut = BrokenStore.Cut.NOWHERE;

        store.catchUp();

        assertThat(copies()).singleElement().satisfies(copy -> {
            assertThat(copy.retention()).isEqualTo(Retention.compliance(later));
            assertThat(copy.legalHold()).isTrue();
        });
        store.setLegalHold(stored.version(), false);
        assertThat(copies())
                .singleElement()
                .satisfies(copy -> assertThat(copy.legalHold()).isFalse());
    }

    @Test
    void aDeleteReachesTheCustodianLater() throws IOException {
        StoredObject stored = put("delete", Bytes.utf8("bytes"), now().plusSeconds(10));
        clock.moveTo(now().plusSeconds(20));
        custodian.cut = BrokenStore.Cut.BEFORE;
        store.delete(stored.version());
        assertThat(copies()).hasSize(1);
        custodian.cut = BrokenStore.Cut.NOWHERE;

        store.catchUp();

        assertThat(copies()).isEmpty();
    }

    @Test
    void aLossAtThePrimaryIsNeverCarriedToTheCustodian() throws IOException {
        StoredObject stored = put("lost", Bytes.utf8("bytes"), now().plusSeconds(10));
        clock.moveTo(now().plusSeconds(20));
        primaryFolder.delete(stored.version());

        store.catchUp();

        assertThat(copies()).hasSize(1);
        assertThat(store.head(stored.version())).isEmpty();
    }

    @Test
    void readsComeFromTheCustodianWhereThePrimaryFails() throws IOException {
        byte[] bytes = Bytes.utf8("bytes");
        String key = ObjectKeys.ofContent(Bytes.sha256(bytes));
        StoredObject stored = store.put(
                new PutRequest(key, bytes.length, Bytes.sha256(bytes), Retention.compliance(inAnHour()), false),
                new ByteArrayInputStream(bytes));

        primary.cut = BrokenStore.Cut.BEFORE;

        assertThat(read(stored.version(), 1, 3)).asString().isEqualTo("yte");
        assertThat(store.status().fallbackReads()).isEqualTo(1);
        custodian.cut = BrokenStore.Cut.BEFORE;
        assertThatThrownBy(() -> read(stored.version(), 1, 3)).hasMessageContaining("line cut");
    }

    @Test
    void oneObjectThatCannotBeCopiedDoesNotHoldUpTheOthers() throws IOException {
        custodian.cut = BrokenStore.Cut.BEFORE;
        StoredObject damaged = put("damaged", "bytes");
        put("good", "good");
        custodian.cut = BrokenStore.Cut.NOWHERE;
        Path file = folder.resolve("objects")
                .resolve(damaged.version().key() + "@" + damaged.version().versionId());
        Files.delete(file);
        Files.writeString(file, "bytez");

        assertThat(store.catchUp()).isEqualTo(new MirroredStore.CaughtUp(1, 1, 1));
        assertThat(copies())
                .singleElement()
                .satisfies(copy -> assertThat(copy.version().key()).isEqualTo(key("good")));
    }

    @Test
    void aCopyThatWaitedPastItsLockIsMadeWithALockOfItsOwn() throws IOException {
        custodian.cut = BrokenStore.Cut.BEFORE;
        put("late", Bytes.utf8("bytes"), now().plusSeconds(10));
        clock.moveTo(now().plus(Duration.ofDays(2)));
        custodian.cut = BrokenStore.Cut.NOWHERE;

        store.catchUp();

        assertThat(copies())
                .singleElement()
                .satisfies(copy -> assertThat(copy.isLockedAt(now())).isTrue());
    }

    @Test
    void theQueueSurvivesARestartAndBelongsToOneProcess() throws IOException {
        custodian.cut = BrokenStore.Cut.BEFORE;
        put("one", "1");
        put("two", "2");
        assertThatThrownBy(() -> CopyQueue.open(folder.resolve("queue"))).hasMessageContaining("open already");
        store.close();
        custodian.cut = BrokenStore.Cut.NOWHERE;

        openMirror();

        assertThat(store.status().waiting()).isEqualTo(2);
        assertThat(store.catchUp().done()).isEqualTo(2);
        assertThat(copies()).hasSize(2);
        put("three", "3");
        assertThat(store.status().waiting()).isZero();
    }

    @Test
    void anEntryThatIsNotOneStopsTheOpening() throws IOException {
        store.close();
        Path entry = folder.resolve("queue").resolve("0000000000000000009.json");
        Files.writeString(entry, "{\"v\":1,\"act\":\"COPY\",\"key\":\"../x\",\"sha256\":\"0\",\"since\":\"now\"}");

        assertThatThrownBy(() -> CopyQueue.open(folder.resolve("queue"))).hasMessageContaining("0000000000000000009");
        Files.delete(entry);
        openMirror();
    }

    /** Puts one object after the other until it is killed with no warning; what it got answers for, it prints. */
    @Test
    void killingTheProcessAtAnyMomentLosesNoCopy() throws Exception {
        store.close();
        for (int round = 0; round < 3; round++) {
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Putting.class.getName(),
                            folder.toString(),
                            Integer.toString(round))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            int answers = 0;
            try (var out = child.inputReader()) {
                while (answers < 20 + 7 * round && out.readLine() != null) {
                    answers++;
                }
                child.destroyForcibly();
            }
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(answers).isGreaterThanOrEqualTo(20);
        }

        openMirror();
        store.catchUp();

        assertThat(store.status().waiting()).isZero();
        assertThat(originals()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(copies().stream().map(StoredObject::version))
                .containsExactlyInAnyOrderElementsOf(
                        originals().stream().map(StoredObject::version).toList());
        for (StoredObject copy : copies()) {
            try (InputStream in = custodianFolder.get(copy)) {
                in.readAllBytes();
            }
        }
    }

    static final class Putting {
        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            Clock clock = Clock.systemUTC();
            FolderStore primary = FolderStore.open("objects", folder.resolve("objects"), clock);
            BrokenStore custodian = new BrokenStore(FolderStore.open("custodian", folder.resolve("custodian"), clock));
            MirroredStore store =
                    new MirroredStore(primary, custodian, CopyQueue.open(folder.resolve("queue")), clock, 1L << 30);
            for (int i = 0; i < 100_000; i++) {
                // Down now and then, so that the queue has something to keep.
                custodian.cut = i % 5 == 4 ? BrokenStore.Cut.BEFORE : BrokenStore.Cut.NOWHERE;
                byte[] bytes = Bytes.utf8("object " + arguments[1] + " " + i);
                store.put(
                        new PutRequest(
                                ObjectKeys.ofContent(Bytes.sha256(bytes)),
                                bytes.length,
                                Bytes.sha256(bytes),
                                Retention.compliance(clock.instant().plusSeconds(3600)),
                                false),
                        new ByteArrayInputStream(bytes));
                System.out.println(i);
            }
        }
    }
}
