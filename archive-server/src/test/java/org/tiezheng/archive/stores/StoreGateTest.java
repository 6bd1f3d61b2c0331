package org.tiezheng.archive.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3TestServer;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.WormReport;

/** On a real database, and a real S3 server where one is needed. */
class StoreGateTest {
    private static final Actor ADMINISTRATOR =
            new Actor("7", "系统管理员甲", "SYSTEM_ADMINISTRATOR", null, "127.0.0.1", null);

    @TempDir
    Path data;

    private final Clock clock = Clock.systemUTC();
    private final TestDatabase database = TestDatabase.create();
    private final AuditLog audit = new AuditLog(database.jdbc(), clock);
    private final WormTests tests = new WormTests(database.jdbc(), database.transactions(), audit, clock);

    private StoreSettings settings(StoreSettings.Kind kind, @Nullable S3Settings s3, StoreSettings.Kind custodian)
            throws IOException {
        Path access = data.resolve("access-key");
        Path secret = data.resolve("secret-key");
        URI endpoint = null;
        String bucket = null;
        String region = "us-east-1";
        if (s3 != null) {
            Files.writeString(access, s3.credentials().accessKey() + "\n");
            Files.writeString(secret, s3.credentials().secretKey() + "\n");
            endpoint = s3.endpoint();
            bucket = s3.bucket();
            region = s3.region();
        }
        return new StoreSettings(
                kind,
                null,
                endpoint,
                region,
                bucket,
                access,
                secret,
                true,
                Duration.ofHours(24),
                new StoreSettings.Custodian(
                        custodian,
                        null,
                        null,
                        "us-east-1",
                        null,
                        null,
                        null,
                        true,
                        Duration.ofMillis(200),
                        DataSize.ofMegabytes(50),
                        Duration.ofHours(24)));
    }

    private Stores open(StoreSettings settings) throws IOException {
        return Stores.open(
                settings,
                data,
                new StoreRegister(database.jdbc(), clock),
                new CustodianVersions(database.jdbc(), clock),
                clock);
    }

    private StoreGate gate(Stores stores) {
        return new StoreGate(stores, tests, database.jdbc(), database.transactions(), audit, clock);
    }

    private List<AuditEntry> events() {
        return audit.ofObject("store", "objects");
    }

    @Test
    void aFolderIsLetInAndSaysThatItIsNotWorm() throws Exception {
        try (Stores stores = open(settings(StoreSettings.Kind.FOLDER, null, StoreSettings.Kind.FOLDER))) {
            StoreGate gate = gate(stores);

            assertThat(gate.decide().standing()).isEqualTo(StoreGate.Standing.FOLDER);
            assertThatCode(gate::requireOpen).doesNotThrowAnyException();
            assertThat(tests.run(stores.primary(), Actor.system("stores")).verdict())
                    .isEqualTo(WormReport.Verdict.NOT_WORM);
            assertThat(gate.decide().open()).isTrue();
            assertThat(gate.override("no override is needed here", ADMINISTRATOR))
                    .isFalse();
            assertThat(stores.mirrored()
                            .map(MirroredStore::status)
                            .orElseThrow()
                            .waiting())
                    .isZero();
        }
    }

    @Test
    void aFolderThatIsGoneStopsTheStart() throws Exception {
        StoreSettings settings = settings(StoreSettings.Kind.FOLDER, null, StoreSettings.Kind.NONE);
        open(settings).close();

        Files.move(data.resolve("objects"), data.resolve("unmounted"));

        assertThatThrownBy(() -> open(settings)).isInstanceOf(IOException.class).hasMessageContaining("mounted");
        Files.move(data.resolve("unmounted"), data.resolve("objects"));
        open(settings).close();
    }

    @Test
    void aBucketIsLetInWhenItsLockIsProved() throws Exception {
        S3Settings s3 = S3TestServer.shared().newBucket("objects");
        try (Stores stores = open(settings(StoreSettings.Kind.S3, s3, StoreSettings.Kind.FOLDER))) {
            StoreGate gate = gate(stores);
            StoreHealth health = new StoreHealth(stores, gate, clock, Duration.ofHours(24));
            assertThatThrownBy(gate::requireOpen)
                    .isInstanceOfSatisfying(
                            StoreClosedException.class,
                            e -> assertThat(e.standing()).isEqualTo(StoreGate.Standing.NOT_PROVED));

            WormReport report = tests.run(stores.primary(), Actor.system("stores"));

            assertThat(report.verdict()).as(report.toString()).isEqualTo(WormReport.Verdict.WORM);
            assertThat(gate.decide().standing()).isEqualTo(StoreGate.Standing.PROVED);
            assertThatCode(gate::requireOpen).doesNotThrowAnyException();
            assertThat(health.look().status()).isEqualTo(Health.Status.UP);
            assertThat(tests.history(stores.primary().description(), 10))
                    .singleElement()
                    .satisfies(kept -> assertThat(kept.report()).isEqualTo(report));
            assertThat(events()).anySatisfy(entry -> {
                assertThat(entry.event().action()).isEqualTo("store.self-test");
                assertThat(entry.event().reason()).isEqualTo("WORM");
            });
        }
    }

    @Test
    void aStoreThatLetsLockedObjectsGoIsClosedUntilSomebodyAnswersForIt() throws Exception {
        S3Settings s3 = S3TestServer.shared().newBucket("objects");
        try (Stores stores = open(settings(StoreSettings.Kind.S3, s3, StoreSettings.Kind.NONE))) {
            StoreGate gate = gate(stores);
            found(stores.primary().description(), "NOT_WORM", "VIOLATED");
            assertThatThrownBy(gate::requireOpen).isInstanceOf(StoreClosedException.class);

            assertThat(gate.override("紧急取证,已书面批准", ADMINISTRATOR)).isTrue();
            assertThat(gate.override("a second time is once", ADMINISTRATOR)).isFalse();

            StoreGate.Decision decision = gate.decide();
            assertThat(decision.open()).isTrue();
            assertThat(decision.standing()).isEqualTo(StoreGate.Standing.NOT_WORM);
            assertThat(Optional.ofNullable(decision.override()))
                    .hasValueSatisfying(waiver -> assertThat(waiver.reason()).isEqualTo("紧急取证,已书面批准"));
            assertThat(gate.overrideAt(clock.instant())).isPresent();
            assertThat(gate.overrideAt(clock.instant().minusSeconds(600))).isEmpty();
            assertThat(gate.withdraw(ADMINISTRATOR)).isTrue();
            assertThat(gate.overrideAt(clock.instant())).isEmpty();
            assertThat(gate.withdraw(ADMINISTRATOR)).isFalse();
            assertThat(gate.decide().open()).isFalse();
            assertThat(events().stream().map(entry -> entry.event().action()))
                    .containsExactly("store.override", "store.override-withdrawn");
        }
    }

    @Test
    void aTestThatCouldNotTryDoesNotUndoAProof() throws Exception {
        S3Settings s3 = S3TestServer.shared().newBucket("objects");
        try (Stores stores = open(settings(StoreSettings.Kind.S3, s3, StoreSettings.Kind.NONE))) {
            StoreGate gate = gate(stores);
            found(stores.primary().description(), "WORM", "PASSED");
            found(stores.primary().description(), "UNKNOWN", "NOT_TRIED");

            assertThat(gate.decide().standing()).isEqualTo(StoreGate.Standing.PROVED);
        }
    }

    @Test
    void aServerThatIsAwayDoesNotStopTheStart() throws Exception {
        S3Settings away = S3Settings.of(
                "objects",
                URI.create("http://127.0.0.1:9"),
                "us-east-1",
                "bucket",
                new S3Settings.Credentials("key", "secret"));
        try (Stores stores = open(settings(StoreSettings.Kind.S3, away, StoreSettings.Kind.NONE))) {
            WormReport report = tests.run(stores.primary(), Actor.system("stores"));

            assertThat(report.verdict()).isEqualTo(WormReport.Verdict.UNKNOWN);
            assertThat(gate(stores).decide().standing()).isEqualTo(StoreGate.Standing.NOT_PROVED);
        }
    }

    private void found(StoreDescription store, String verdict, String outcome) {
        database.jdbc()
                .sql("insert into worm_test (store_id, location, at, verdict, probes) values (?, ?, ?, ?, ?::jsonb)")
                .params(
                        store.id(),
                        store.location(),
                        OffsetDateTime.now(clock),
                        verdict,
                        "[{\"name\":\"delete-version\",\"outcome\":\"" + outcome + "\",\"detail\":\"\"}]")
                .update();
    }
}
