package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.auditor.log.LogFiles;
import org.tiezheng.auditor.log.LogInStore;
import org.tiezheng.auditor.log.LogWalk;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.storage.CopyQueue;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3Store;
import org.tiezheng.storage.S3TestServer;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.StoredObject;
import org.tiezheng.storage.VersionedStore;

/** The log's copy in the object store: whole after any crash, as served, and a witness of its own against an older database. */
class LogMirrorTest {
    @TempDir
    Path folder;

    private LogWorld world;
    private FolderStore store;

    @BeforeEach
    void open() throws IOException {
        world = new LogWorld(folder.resolve("world"));
        store = FolderStore.create("objects", folder.resolve("objects"), world.clock);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        world.close();
    }

    private LogMirror mirror(ObjectStore to) {
        return mirror(world, to, world.clock);
    }

    private static LogMirror mirror(LogWorld of, ObjectStore to, Clock clock) {
        return new LogMirror(
                of.database.jdbc(),
                of.log,
                to,
                KeptObjects.Gate.OPEN,
                Retention.Mode.COMPLIANCE,
                Duration.ofDays(3650),
                clock);
    }

    /** Every file of the published log, as it lies in {@code files}, is right. */
    private void assertWhole(LogFiles files) throws Exception {
        assertThat(files.checkpoint())
                .isEqualTo(world.log.published().orElseThrow().note());
        Checkpoint checkpoint = files.parsedCheckpoint();
        List<byte[]> entries = new ArrayList<>();
        assertThat(new LogWalk(files, checkpoint).run((index, entry, before) -> entries.add(entry)))
                .isEmpty();
        assertThat(entries).hasSize((int) checkpoint.size());
    }

    private static Map<String, Integer> versions(ObjectStore of) throws IOException {
        Map<String, Integer> versions = new TreeMap<>();
        of.list("log/", object -> versions.merge(object.version().key(), 1, Integer::sum));
        return versions;
    }

    @Test
    void theCopyIsTheLog() throws Exception {
        world.log.run();
        mirror(store).run();
        world.queue(700);
        world.log.run();
        mirror(store).run();
        assertWhole(new LogInStore(store));
        world.queue(3);
        world.log.run();
        mirror(store).run();

        assertWhole(new LogInStore(store));
        assertWhole(LogFiles.of(folder.resolve("objects").toString(), world.clock));
        assertThat(versions(store)).containsKeys("log/tile/0/001", "log/tile/0/002.p/191", "log/daily/2026-11-22");
        store.list("log/", object -> {
            assertThat(LogInStore.isItsKey(object.version().key())).isTrue();
            Instant until = object.retention() == null
                    ? Instant.EPOCH
                    : object.retention().until();
            boolean isFinal = object.version().key().matches("log/(daily/.*|tile/[^.]*)");
            assertThat(until)
                    .as(object.version().key())
                    .isEqualTo(world.clock.instant().plus(isFinal ? Duration.ofDays(3650) : Duration.ofHours(2)));
        });
        // Nothing new: nothing is put.
        Map<String, Integer> before = versions(store);
        mirror(store).run();
        assertThat(versions(store)).isEqualTo(before);
        assertThat(world.figures().now().mirror().size()).isEqualTo(703);
    }

    /** A store that dies with a put: before it did anything, or after it did all and before anybody knew. */
    private static final class Dying implements ObjectStore {
        private final ObjectStore real;
        private final boolean afterwards;
        private int putsLeft;

        Dying(ObjectStore real, int puts, boolean afterwards) {
            this.real = real;
            this.putsLeft = puts;
            this.afterwards = afterwards;
        }

        @Override
        public StoredObject put(PutRequest request, InputStream content) throws IOException {
            boolean dies = putsLeft-- == 0;
            if (dies && !afterwards) {
                throw new IOException("died before the put");
            }
            StoredObject stored = real.put(request, content);
            if (dies) {
                throw new IOException("the answer was lost");
            }
            return stored;
        }

        @Override
        public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
            return real.get(version, offset, length);
        }

        @Override
        public Optional<StoredObject> head(ObjectVersion version) throws IOException {
            return real.head(version);
        }

        @Override
        public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
            real.list(prefix, consumer);
        }

        @Override
        public void extendRetention(ObjectVersion version, Instant until) throws IOException {
            real.extendRetention(version, until);
        }

        @Override
        public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
            real.setLegalHold(version, on);
        }

        @Override
        public void delete(ObjectVersion version) throws IOException {
            real.delete(version);
        }

        @Override
        public StoreDescription describe() {
            return real.describe();
        }
    }

    /** Whatever put it dies at, the next turn completes the copy, and no version is there twice. */
    @Test
    void aTurnThatDiesAtAnyPutIsCompletedByTheNext() throws Exception {
        world.queue(300);
        world.log.run();
        for (boolean afterwards : new boolean[] {false, true}) {
            boolean died = true;
            for (int puts = 0; died; puts++) {
                Path place = folder.resolve("store-" + puts + afterwards);
                try (FolderStore own = FolderStore.create("objects", place, world.clock)) {
                    try {
                        mirror(new Dying(own, puts, afterwards)).run();
                        died = false;
                        assertThat(puts).isGreaterThan(5);
                    } catch (IOException expected) {
                        // The checkpoint is the last: nobody is shown one whose tiles are not all there.
                        if (puts < 6) {
                            assertThat(versions(own)).doesNotContainKey("log/checkpoint");
                        }
                    }
                    mirror(own).run();
                    assertWhole(new LogInStore(own));
                    assertThat(versions(own).values()).containsOnly(1);
                }
            }
        }
    }

    @Test
    void aCopyThatFailsForLongIsSaidAndAnOutageThatIsOverIsNot() throws Exception {
        world.queue(3);
        world.log.run();
        mirror(store).run();
        world.queue(3);
        world.log.run();
        assertThatThrownBy(() -> mirror(new Dying(store, 0, false)).run()).isInstanceOf(IOException.class);
        assertThat(mirror(store).isLate()).isFalse();
        assertThat(world.figures().now().mirror().failure()).contains("died before the put");
        world.clock.advance(Duration.ofMinutes(16));
        assertThat(mirror(store).isLate()).isTrue();
        mirror(store).run();
        assertThat(mirror(store).isLate()).isFalse();
        assertThat(world.figures().now().mirror().failure()).isNull();
    }

    /** Everything was put, and the row that says so was lost. */
    @Test
    void aRowThatWasLostMakesNoSecondCopy() throws Exception {
        world.queue(300);
        world.log.run();
        mirror(store).run();
        Map<String, Integer> before = versions(store);
        world.asOwner("delete from log_mirror");
        mirror(store).run();
        assertThat(versions(store)).isEqualTo(before);
        assertWhole(new LogInStore(store));
    }

    @Test
    void whatWasReplacedIsDeletedWhenItsLockHasEnded() throws Exception {
        for (int i = 0; i < 3; i++) {
            world.queue(100);
            world.log.run();
            mirror(store).run();
        }
        assertThat(versions(store)).containsKeys("log/tile/0/000.p/100", "log/tile/entries/000.p/200");
        assertThat(versions(store).get("log/checkpoint")).isEqualTo(3);
        mirror(store).run();
        assertThat(versions(store)).containsKey("log/tile/0/000.p/100");
        world.clock.advance(Duration.ofHours(3));
        mirror(store).run();

        assertThat(versions(store))
                .doesNotContainKeys("log/tile/0/000.p/100", "log/tile/entries/000.p/200")
                .containsKey("log/tile/0/001.p/44")
                .containsEntry("log/checkpoint", 1);
        assertWhole(new LogInStore(store));
    }

    /** The operator restores an older copy of everything he has: the store, or the custodian, has seen more. */
    @Test
    void anOlderDatabaseIsRefusedByWhatLiesInTheStoreAndAtTheCustodian() throws Exception {
        world.queue(20);
        world.log.run();
        mirror(store).run();
        mirror(store).check();
        try (LogWorld older = new LogWorld(folder.resolve("older"));
                FolderStore empty = FolderStore.create("objects", folder.resolve("empty"), world.clock);
                CopyQueue queue = CopyQueue.open(folder.resolve("queue"));
                MirroredStore both = new MirroredStore(empty, store, queue, world.clock, 1 << 20)) {
            older.queue(10);
            older.log.run();

            assertThatThrownBy(() -> mirror(older, both, world.clock).check())
                    .isInstanceOf(LogDamagedException.class)
                    .hasMessageContaining("20 entries");
            assertThat(older.log.damage()).isPresent();
            older.start();
            assertThatThrownBy(() -> mirror(older, store, world.clock).check()).isInstanceOf(LogDamagedException.class);
            // Two months later only what was replaced last is there; the day's is older than what is looked for.
            older.start();
            world.clock.advance(Duration.ofDays(70));
            assertThatThrownBy(() -> mirror(older, store, world.clock).check()).isInstanceOf(LogDamagedException.class);
        }
    }

    /** Anybody who may write to the store can put nonsense there; it stops nothing. */
    @Test
    void whatThisLogDidNotSignSaysNothing() throws Exception {
        world.queue(20);
        world.log.run();
        mirror(store).run();
        byte[] nonsense = "no checkpoint\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        world.clock.advance(Duration.ofMinutes(1));
        StoredObject unused = store.put(
                new PutRequest(
                        "log/checkpoint",
                        nonsense.length,
                        Digest.of(Digest.Algorithm.SHA256, nonsense).hex(),
                        Retention.compliance(world.clock.instant().plusSeconds(60)),
                        false),
                new java.io.ByteArrayInputStream(nonsense));
        mirror(store).check();
        assertThat(world.log.damage()).isEmpty();
        assertWhole(new LogInStore(store));
    }

    @Test
    void aTileThatWasChangedIsNotCopied() throws Exception {
        world.queue(300);
        world.log.run();
        Path tile = world.files().resolve("tile/0/000");
        byte[] bytes = Files.readAllBytes(tile);
        bytes[7] ^= 1;
        Files.write(tile, bytes);
        Path above = world.files().resolve("tile/1/000.p/1");
        byte[] parent = Files.readAllBytes(above);
        parent[7] ^= 1;
        Files.write(above, parent);

        assertThatThrownBy(() -> mirror(store).run()).isInstanceOf(LogDamagedException.class);
        assertThat(versions(store)).isEmpty();
    }

    /** A bucket of a real server with Object Lock: read by version, and by anybody at the bucket's address. */
    @Test
    void aBucketHoldsTheLogAndServesItToEverybody() throws Exception {
        S3Settings settings = S3TestServer.shared().newBucket("log");
        world.queue(300);
        world.log.run();
        try (S3Store bucket = new S3Store(settings, Clock.systemUTC())) {
            bucket.requireLockedBucket(true);
            LogMirror mirror = mirror(world, bucket, Clock.systemUTC());
            mirror.run();
            world.queue(10);
            world.log.run();
            mirror.run();
            assertWhole(new LogInStore(bucket));
            StoredObject tile = firstVersion(bucket, "log/tile/0/000");
            assertThatThrownBy(() -> bucket.delete(tile.version())).isInstanceOf(IOException.class);
            mirror.check();
        }
        Files.writeString(folder.resolve("access"), settings.credentials().accessKey());
        Files.writeString(folder.resolve("secret"), settings.credentials().secretKey());
        Path file = folder.resolve("bucket.properties");
        Files.writeString(
                file,
                "endpoint=" + settings.endpoint() + "\nregion=" + settings.region() + "\nbucket=" + settings.bucket()
                        + "\naccess-key-file=access\nsecret-key-file=secret\n");
        try (LogFiles files = LogFiles.of(file.toString(), Clock.systemUTC())) {
            assertWhole(files);
        }
        URI log = URI.create(settings.endpoint() + "/" + settings.bucket() + "/log/");
        assertThat(status(log.resolve("checkpoint"))).isEqualTo(403);
        publish(settings);
        assertThat(status(log.resolve("checkpoint"))).isEqualTo(200);
        assertThat(status(log.resolve("../sha256/00"))).isEqualTo(403);
        assertWhole(LogFiles.of(log.toString(), Clock.systemUTC()));
    }

    private static StoredObject firstVersion(VersionedStore of, String key) throws IOException {
        List<StoredObject> found = new ArrayList<>();
        of.list(key, object -> {
            if (object.version().key().equals(key)) {
                found.add(object);
            }
        });
        return found.get(0);
    }

    /** As docs/log.md says: everybody may read what lies under log/, and nothing else. */
    private static void publish(S3Settings settings) throws Exception {
        try (io.minio.MinioClient client = io.minio.MinioClient.builder()
                .endpoint(settings.endpoint().toString())
                .region(settings.region())
                .credentials(
                        settings.credentials().accessKey(),
                        settings.credentials().secretKey())
                .build()) {
            client.setBucketPolicy(io.minio.SetBucketPolicyArgs.builder()
                    .bucket(settings.bucket())
                    .config(
                            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"*\"]},"
                                    + "\"Action\":[\"s3:GetObject\"],\"Resource\":[\"arn:aws:s3:::" + settings.bucket()
                                    + "/log/*\"]}]}")
                    .build());
        }
    }

    private static int status(URI address) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(address)
                                .timeout(Duration.ofSeconds(30))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
