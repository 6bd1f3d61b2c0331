package org.tiezheng.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract, and more, on a real server; see {@link S3TestServer}. */
class S3StoreTest extends ObjectStoreContract {
    private static S3Settings settings;
    private static S3Store store;

    @BeforeAll
    static void makeBucket() throws IOException {
        settings = S3TestServer.shared().newBucket("objects");
        store = new S3Store(settings, Clock.systemUTC());
        store.requireLockedBucket(true);
    }

    @AfterAll
    static void close() {
        if (store != null) {
            store.close();
        }
    }

    @Override
    ObjectStore store() {
        return store;
    }

    @Override
    Instant now() {
        return Clock.systemUTC().instant();
    }

    @Override
    void passUntil(Instant instant) throws InterruptedException {
        // The server is on this machine: one clock.
        while (!now().isAfter(instant.plusMillis(200))) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    @Test
    void aBucketThatIsThereIsUsed() throws IOException {
        store.requireLockedBucket(false);
        store.requireLockedBucket(true);
    }

    @Test
    void aBucketWithoutLockIsRefused() throws Exception {
        S3Settings plain = S3TestServer.shared().newBucket("plain");
        try (MinioClient client = MinioClient.builder()
                .endpoint(plain.endpoint().toString())
                .region(plain.region())
                .credentials(
                        plain.credentials().accessKey(), plain.credentials().secretKey())
                .build()) {
            client.makeBucket(MakeBucketArgs.builder().bucket(plain.bucket()).build());
        }

        try (S3Store unlocked = new S3Store(plain, Clock.systemUTC())) {
            assertThatThrownBy(() -> unlocked.requireLockedBucket(true)).hasMessageContaining("without Object Lock");
            byte[] bytes = Bytes.utf8("bytes");
            PutRequest request = request("unlocked", bytes, inAnHour());
            assertThatThrownBy(() -> unlocked.put(request, new ByteArrayInputStream(bytes)))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aMissingBucketIsNotMadeUnlessAsked() throws IOException {
        try (S3Store missing = new S3Store(S3TestServer.shared().newBucket("missing"), Clock.systemUTC())) {
            assertThatThrownBy(() -> missing.requireLockedBucket(false)).hasMessageContaining("no bucket");
        }
    }

    @Test
    void aServerThatIsAwayIsAnErrorInTimeAndWithoutSecrets() {
        S3Settings away = S3Settings.of(
                "away",
                URI.create("http://127.0.0.1:9"),
                "us-east-1",
                "bucket",
                new S3Settings.Credentials("accesskey", "verysecret"));
        try (S3Store store = new S3Store(away, Clock.systemUTC())) {
            assertThatThrownBy(() -> store.head(new ObjectVersion("key", "1")))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(ObjectMissingException.class)
                    .satisfies(e -> assertThat(e).hasMessageNotContaining("verysecret"));
        }
        assertThat(away.toString()).doesNotContain("accesskey", "verysecret");
    }

    @Test
    void wrongCredentialsAreAnErrorAndNotAnAbsence() throws IOException {
        S3Settings stranger = S3Settings.of(
                "stranger",
                settings.endpoint(),
                settings.region(),
                settings.bucket(),
                new S3Settings.Credentials("nobody", "verysecret"));
        StoredObject stored = put("mine", "bytes");
        try (S3Store store = new S3Store(stranger, Clock.systemUTC())) {
            assertThatThrownBy(() -> store.head(stored.version()))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(ObjectMissingException.class);
            assertThatThrownBy(() -> store.delete(stored.version())).isInstanceOf(IOException.class);
        }
        assertThat(head(stored)).isEqualTo(stored);
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        for (String endpoint : List.of(
                "ftp://host", "host:9000", "http://user:pw@host", "http://host/path", "http://host?x=1", "http:///")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> S3Settings.of(
                            "objects", URI.create(endpoint), "us-east-1", "bucket", settings.credentials()));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        S3Settings.of("objects", settings.endpoint(), "us-east-1", "Bucket_", settings.credentials()));
    }

    @Test
    void aLargeObjectIsRecognisedAsWholeByItsBytesNotByItsLabel() throws Exception {
        byte[] bytes = Bytes.utf8("bytes");
        // Somebody with the archive's rights put other bytes of the same size under the same label.
        try (MinioClient client = MinioClient.builder()
                .endpoint(settings.endpoint().toString())
                .region(settings.region())
                .credentials(
                        settings.credentials().accessKey(),
                        settings.credentials().secretKey())
                .build()) {
            client.putObject(PutObjectArgs.builder()
                    .bucket(settings.bucket())
                    .object(key("label"))
                    .userMetadata(Map.of("sha256", Bytes.sha256(bytes)))
                    .stream(new ByteArrayInputStream(Bytes.utf8("bytez")), 5L, -1L)
                    .build());
        }

        StoredObject stored = put("label", bytes, inAnHour());

        assertThat(read(stored)).isEqualTo(bytes);
        assertThat(list(key("label"))).hasSize(2);
    }

    @Test
    void goodBytesArePutBesideAVersionThatIsNamedAsDamaged() throws IOException {
        StoredObject stored = put("beside", "bytes");
        PutRequest request =
                new PutRequest(stored.version().key(), 5, stored.sha256(), stored.retention(), stored.legalHold());
        java.util.Set<String> damaged = java.util.Set.of(stored.version().versionId());

        StoredObject good = store.putBeside(request, new ByteArrayInputStream(Bytes.utf8("bytes")), damaged);
        StoredObject again = store.putBeside(request, new ByteArrayInputStream(Bytes.utf8("bytes")), damaged);

        assertThat(good.version().versionId()).isNotEqualTo(stored.version().versionId());
        assertThat(again.version()).isEqualTo(good.version());
        assertThat(read(good)).isEqualTo(Bytes.utf8("bytes"));
        assertThat(store.head(stored.version())).isPresent();
    }

    @Test
    void theListingOfVersionsTellsDeleteMarkersAndWhichIsLatest() throws Exception {
        StoredObject first = put("markers", "one");
        StoredObject second = put("markers", "two");
        try (MinioClient client = MinioClient.builder()
                .endpoint(settings.endpoint().toString())
                .credentials(
                        settings.credentials().accessKey(),
                        settings.credentials().secretKey())
                .region(settings.region())
                .build()) {
            client.removeObject(io.minio.RemoveObjectArgs.builder()
                    .bucket(settings.bucket())
                    .object(first.version().key())
                    .build());
        }
        java.util.List<ListedVersion> listed = new java.util.ArrayList<>();

        store.listVersions(first.version().key(), listed::add);

        assertThat(listed).hasSize(3);
        assertThat(listed.stream().filter(ListedVersion::deleteMarker))
                .singleElement()
                .satisfies(marker -> assertThat(marker.latest()).isTrue());
        assertThat(listed.stream().filter(version -> !version.deleteMarker()))
                .noneMatch(ListedVersion::latest)
                .extracting(ListedVersion::version)
                .containsExactly(second.version(), first.version());
    }
}
