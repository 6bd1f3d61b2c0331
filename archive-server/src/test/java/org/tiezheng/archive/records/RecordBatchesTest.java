package org.tiezheng.archive.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.operations.Health;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Code;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.log.LogEntries;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.time.FutureAuthority;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.verifier.Report;

/** Batches and renewals, step by step and decade by decade. */
class RecordBatchesTest {
    private static final Actor ARCHIVIST = new Actor("8", "档案员甲", "ARCHIVIST", null, "127.0.0.1", null);

    @TempDir
    Path folder;

    private static void assertValid(Report report) {
        assertThat(report.problems()).isEmpty();
        assertThat(report.findings()).anyMatch(finding -> finding.code() == Code.R02);
    }

    @Test
    void everyPackageOfTheHourGetsItsRecordUnderOneToken() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            FutureAuthority authority = world.use("one", "SHA256", 2026);
            List<UUID> ids = List.of(world.archive(), world.archive(), world.archive());
            assertThat(world.table.waiting()).isEqualTo(3);

            world.turn();

            assertThat(authority.stamped()).isEqualTo(1);
            assertThat(world.table.waiting()).isZero();
            assertThat(world.all()).singleElement().satisfies(batch -> {
                assertThat(batch.state()).isEqualTo(Batch.State.DONE);
                assertThat(batch.members()).isEqualTo(3);
                assertThat(batch.live()).isTrue();
            });
            for (UUID id : ids) {
                assertValid(world.verify(id));
            }
            assertThat(world.strays()).isEmpty();
            // Leaf and object say the same.
            UUID batch = world.all().get(0).id();
            var kept = world.kept.find(KeptObjects.Kind.RECORD_BATCH, batch).orElseThrow();
            RecordBatch object = RecordBatch.parse(world.kept.read(kept));
            assertThat(object.faults()).isEmpty();
            assertThat(object.members()).containsExactlyInAnyOrderElementsOf(ids);
            LogEvent leaf = (LogEvent) LogEntries.parse(world.database
                    .jdbc()
                    .sql("select leaf from log_queue where kind = 'records'")
                    .query(String.class)
                    .single()
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(leaf.id()).isEqualTo(batch);
            assertThat(String.valueOf(leaf.sha256())).contains(kept.sha256());
            assertThat(world.audit.ofObject("record-batch", batch.toString()))
                    .anyMatch(entry -> entry.event().action().equals("records.batch"));

            // The next hour has a batch of its own; the first is left alone.
            UUID later = world.archive();
            world.turn();
            assertThat(world.all()).hasSize(1);
            world.clock.forward(Duration.ofHours(1));
            world.turn();
            assertThat(world.all()).hasSize(2);
            assertValid(world.verify(later));
            // Nothing waits: no empty batch.
            world.clock.forward(Duration.ofHours(1));
            world.turn();
            assertThat(world.all()).hasSize(2);
        }
    }

    @Test
    void nowIsNow() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            world.use("one", "SHA256", 2026);
            world.turn();
            world.archive();
            world.turn();
            assertThat(world.all()).isEmpty();

            world.batches.requestNow(ARCHIVIST);
            world.turn();

            assertThat(world.all())
                    .singleElement()
                    .satisfies(b -> assertThat(b.state()).isEqualTo(Batch.State.DONE));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"chosen", "token", "stamped", "stored", "done"})
    void aBatchThatDiedAnywhereIsCompletedByTheNextStart(String step) throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            world.use("one", "SHA256", 2026);
            UUID id = world.archive();
            world.startDying(step, 1);
            assertThatThrownBy(world::turn).isInstanceOf(RecordWorld.Died.class);

            world.clock.forward(Duration.ofMinutes(5)); // its lease has ended
            world.start();
            world.turn();

            assertThat(world.all())
                    .singleElement()
                    .satisfies(batch -> assertThat(batch.state()).isEqualTo(Batch.State.DONE));
            assertValid(world.verify(id));
            assertThat(world.strays()).isEmpty();
            assertThat(world.count("select count(*) from log_queue where kind = 'records'"))
                    .isEqualTo(1);
        }
    }

    @Test
    void twoServersThatWorkAtOnceGiveEachPackageOneRecord() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            world.use("one", "SHA256", 2026);
            List<UUID> ids = List.of(world.archive(), world.archive(), world.archive());
            RecordBatches one = world.batches;
            // As if the lease had ended while the first was busy: the second begins with what the first has chosen.
            world.start(step -> {
                if (step.equals("token")) {
                    world.clock.forward(Duration.ofMinutes(10));
                    one.turn();
                }
            });
            world.turn();

            assertThat(world.all())
                    .singleElement()
                    .satisfies(batch -> assertThat(batch.state()).isEqualTo(Batch.State.DONE));
            for (UUID id : ids) {
                assertValid(world.verify(id));
            }
            assertThat(world.strays()).isEmpty();
            assertThat(world.count("select count(*) from log_queue where kind = 'records'"))
                    .isEqualTo(1);
        }
    }

    @Test
    void anAuthorityThatIsDownDelaysTheBatchAndIsShown() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            FutureAuthority authority = world.use("one", "SHA256", 2026);
            RecordHealth health = new RecordHealth(world.figures);
            authority.setDown(true);
            UUID id = world.archive();

            world.turn();

            assertThat(world.all()).singleElement().satisfies(batch -> {
                assertThat(batch.state()).isEqualTo(Batch.State.CHOSEN);
                assertThat(String.valueOf(batch.failure())).contains("is down");
            });
            assertThat(health.look().status()).isEqualTo(Health.Status.DEGRADED);
            // A package without its record goes out without one, and does not claim any.
            assertThat(world.verify(id).findings()).noneMatch(finding -> finding.code() == Code.R02);
            world.clock.forward(Duration.ofHours(7));
            world.turn();
            assertThat(health.look().status()).isEqualTo(Health.Status.DOWN);

            authority.setDown(false);
            world.clock.forward(Duration.ofHours(1));
            world.turn();
            assertThat(health.look().status()).isEqualTo(Health.Status.UP);
            assertValid(world.verify(id));
        }
    }

    @Test
    void aSecondAuthorityIsAskedWhenTheFirstDoesNotAnswer() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            FutureAuthority second = world.use("two", "SHA256", 2026);
            FutureAuthority first = world.use("one", "SHA256", 2026);
            first.setDown(true);
            world.authorities = List.of(first, second);
            world.start();
            UUID id = world.archive();

            world.turn();

            assertThat(world.all().get(0).authority()).isEqualTo("two");
            assertValid(world.verify(id));
        }
    }

    /** Sealed in 2026; two token renewals, a hash-tree renewal, two more token renewals; the server dies at times. */
    @Test
    void aPackageOf2026IsValidIn2066() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, 2040)) {
            world.use("one", "SHA256", 2026);
            List<UUID> ids = List.of(world.archive(), world.archive(), world.archive());
            world.turn();

            world.renew("two", "SHA256", 2030, 2034);
            assertThat(world.all()).hasSize(1); // more than a year is left
            world.at(2035);
            world.startDying("stored", 1);
            assertThatThrownBy(world::turn).isInstanceOf(RecordWorld.Died.class);
            world.clock.forward(Duration.ofDays(1));
            world.start();
            world.turn();
            assertThat(world.all().get(0).kind()).isEqualTo(Batch.Kind.TOKEN);
            assertThat(world.all().get(0).crls()).isTrue();

            world.use("three", "SHA512", 2036);
            world.at(2039);
            for (String step : List.of("due", "read", "all-read", "token", "stamped", "stored")) {
                world.startDying(step, step.equals("read") ? 2 : 1);
                assertThatThrownBy(world::turn).as(step).isInstanceOf(RecordWorld.Died.class);
                world.clock.forward(Duration.ofHours(2));
            }
            world.start();
            world.turn();
            Batch tree = world.all().get(0);
            assertThat(tree.kind()).isEqualTo(Batch.Kind.TREE);
            assertThat(tree.state()).isEqualTo(Batch.State.DONE);
            assertThat(tree.hash()).isEqualTo(TreeHash.SHA512);
            assertThat(tree.members()).isEqualTo(3);
            assertThat(world.count("select count(*) from record_reading")).isEqualTo(3);

            world.renew("four", "SHA512", 2044, 2045);
            world.renew("five", "SHA512", 2052, 2053);
            world.renew("six", "SHA512", 2060, 2061);

            world.clock.set(Instant.parse("2066-11-21T08:00:00Z"));
            assertThat(world.all()).hasSize(6).allMatch(batch -> batch.state() == Batch.State.DONE);
            assertThat(world.all().stream().filter(Batch::live)).hasSize(1);
            for (UUID id : ids) {
                assertValid(world.verify(id));
            }
            assertThat(world.strays()).isEmpty();
            assertThat(world.count("select count(*) from log_queue where kind = 'renewal'"))
                    .isEqualTo(5);
            // Whoever has taken the roots of the first decades off his list knows nothing, and is told nothing.
            TrustAnchors late = world.everyAuthority
                    .get(4)
                    .anchors()
                    .and(world.everyAuthority.get(5).anchors());
            assertThat(world.verify(ids.get(0), late).verdict()).isEqualTo(Verdict.INDETERMINATE);
        }
    }

    @Test
    void whatWasNotRenewedInTimeIsNotDressedUpAfterwards() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, 2040)) {
            world.use("one", "SHA256", 2026);
            UUID id = world.archive();
            world.turn();

            world.use("two", "SHA256", 2036);
            world.at(2037); // the first certificate ended in January 2036
            world.turn();

            assertThat(world.all().get(0).state()).isEqualTo(Batch.State.FAILED);
            assertThat(String.valueOf(world.all().get(0).failure())).contains("too late");
            assertThat(world.verify(id).verdict()).isEqualTo(Verdict.INDETERMINATE);
            assertThat(new RecordHealth(world.figures).look().status()).isEqualTo(Health.Status.DOWN);
        }
    }

    @Test
    void aBadObjectStopsItsPackageAndNobodyElse() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, 2040)) {
            world.use("one", "SHA512", 2031);
            world.at(2031);
            UUID bad = world.archive();
            UUID good = world.archive();
            world.turn();
            Path file = world.fileOf(bad);
            byte[] right = Files.readAllBytes(file);
            byte[] wrong = right.clone();
            wrong[wrong.length / 2] ^= 1;
            world.write(file, wrong);

            world.at(2039);
            world.turn();

            Batch tree = world.all().get(0);
            assertThat(tree.state()).isEqualTo(Batch.State.DONE);
            assertThat(tree.members()).isEqualTo(1);
            assertThat(world.table.bad(tree.id(), 10)).singleElement().satisfies(row -> {
                assertThat(row.evidenceId()).isEqualTo(bad);
                assertThat(row.reason()).contains("wacz/capture.wacz");
            });
            assertThat(world.audit.ofObject("evidence", bad.toString()))
                    .anyMatch(entry -> entry.event().action().equals("records.bad-object"));
            assertThat(world.figures.now().badPackages()).isEqualTo(1);
            assertThat(world.table.chainOf(good)).hasValue(tree.id());
            assertThat(world.table.chainOf(bad)).isNotEqualTo(world.table.chainOf(good));
            world.write(file, right);
            assertValid(world.verify(bad)); // by the record it still has
            assertValid(world.verify(good));

            // Repaired, it is taken along the next day.
            world.clock.forward(Duration.ofDays(2));
            world.turn();
            assertThat(world.all().get(0).kind()).isEqualTo(Batch.Kind.TREE);
            assertThat(world.all().get(0).state()).isEqualTo(Batch.State.DONE);
            assertThat(world.table.chainOf(bad)).hasValue(world.all().get(0).id());
            world.at(2040);
            assertValid(world.verify(bad));
            assertThat(world.figures.now().badPackages()).isZero();
        }
    }

    @Test
    void aStoreThatDoesNotAnswerIsNoBadObject() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, 2040)) {
            world.use("one", "SHA512", 2031);
            world.at(2031);
            world.archive();
            world.turn();
            world.at(2039);
            world.start(RecordBatches.Steps.NONE, new UnreachableStore(world.store));

            world.turn();

            assertThat(world.all().get(0).state()).isEqualTo(Batch.State.READING);
            assertThat(String.valueOf(world.all().get(0).failure())).contains("no answer");
            world.start();
            world.clock.forward(Duration.ofHours(1));
            world.turn();
            assertThat(world.all().get(0).state()).isEqualTo(Batch.State.DONE);
        }
    }

    @Test
    void aRenewalCanBeAskedForAndStopped() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            world.use("one", "SHA512", 2026);
            UUID id = world.archive();
            world.archive();
            world.turn();
            Batch first = world.all().get(0);
            world.clock.forward(Duration.ofMinutes(1));

            UUID asked = world.batches.renew(first.id(), Batch.Kind.TREE, ARCHIVIST);
            assertThatThrownBy(() -> world.batches.renew(first.id(), Batch.Kind.TREE, ARCHIVIST))
                    .isInstanceOf(Problem.class);
            world.batches.cancel(asked, ARCHIVIST);
            world.turn();
            assertThat(world.table.find(asked).orElseThrow().state()).isEqualTo(Batch.State.CANCELLED);
            assertThatThrownBy(() -> world.batches.cancel(asked, ARCHIVIST)).isInstanceOf(Problem.class);

            UUID again = world.batches.renew(first.id(), Batch.Kind.TREE, ARCHIVIST);
            world.clock.forward(Duration.ofMinutes(1));
            world.turn();
            assertThat(world.table.find(again).orElseThrow().state()).isEqualTo(Batch.State.DONE);
            assertThatThrownBy(() -> world.batches.renew(first.id(), Batch.Kind.TOKEN, ARCHIVIST))
                    .isInstanceOf(Problem.class);
            assertValid(world.verify(id));
        }
    }

    @Test
    void aRootThatGoesOffTheListIsAReasonToRenewAtOnce() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            world.use("one", "SHA256", 2026);
            UUID id = world.archive();
            world.turn();
            world.turn();

            FutureAuthority second = world.use("two", "SHA256", 2026);
            world.clock.forward(Duration.ofHours(1));
            world.turn();
            assertThat(world.all()).hasSize(1); // another authority is no reason

            world.trust(world.packages.anchors().and(second.anchors()));
            world.clock.forward(Duration.ofHours(1));
            world.turn();

            assertThat(world.all()).hasSize(2);
            assertThat(world.all().get(0).kind()).isEqualTo(Batch.Kind.TOKEN);
            assertThat(world.all().get(0).state()).isEqualTo(Batch.State.DONE);
            assertValid(world.verify(id));
        }
    }

    @Test
    void anAuthorityWithNothingLongerIsNotAskedEveryHour() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            FutureAuthority authority = world.use("one", "SHA256", 2026);
            world.at(2035); // half a year before its certificate ends
            UUID id = world.archive();
            world.turn();
            int asked = authority.stamped();
            world.clock.forward(Duration.ofHours(2));
            world.turn();

            assertThat(world.all())
                    .filteredOn(batch -> batch.kind() == Batch.Kind.TOKEN)
                    .singleElement()
                    .satisfies(batch -> assertThat(batch.state()).isEqualTo(Batch.State.FAILED));
            assertThat(authority.stamped()).isEqualTo(asked);
            assertThat(new RecordHealth(world.figures).look().status()).isNotEqualTo(Health.Status.UP);
            assertThat(world.table.chainOf(id)).isPresent();
        }
    }

    @Test
    void anObjectIsLockedAsLongAsTheLongestOfItsPackages() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            world.use("one", "SHA256", 2026);
            UUID id = world.archive();
            world.turn();
            Instant until = Instant.parse("2056-01-01T00:00:00Z");
            world.database
                    .jdbc()
                    .sql("update evidence set retain_until = '2056-01-01T00:00:00Z' where id = :id")
                    .param("id", id)
                    .update();

            world.clock.forward(Duration.ofHours(1));
            world.turn();

            var kept = world.kept
                    .find(KeptObjects.Kind.RECORD_BATCH, world.all().get(0).id())
                    .orElseThrow();
            assertThat(kept.until()).isEqualTo(until);
            assertThat(world.store.head(kept.version()).orElseThrow().retention())
                    .isNotNull();
            assertThat(world.store
                            .head(kept.version())
                            .orElseThrow()
                            .retention()
                            .until())
                    .isEqualTo(until);
        }
    }

    /** A catalogue row that was changed gives no record, rather than one of other files. */
    @Test
    void aChangedCatalogueRowFailsTheExport() throws Exception {
        try (RecordWorld world = new RecordWorld(folder, null)) {
            world.use("one", "SHA256", 2026);
            UUID id = world.archive();
            world.turn();
            try (var connection = world.database.owner().getConnection();
                    var statement = connection.createStatement()) {
                assertThat(statement.executeUpdate("update evidence_object set sha256 = repeat('0', 64) where member ="
                                + " 'META-INF/timestamp002.tst' and evidence_id = '" + id + "'"))
                        .isEqualTo(1);
            }

            assertThatThrownBy(() -> world.verify(id)).hasMessageContaining("not those of batch");
        }
    }

    /** Reads nothing. */
    private record UnreachableStore(org.tiezheng.storage.ObjectStore of) implements org.tiezheng.storage.ObjectStore {
        @Override
        public org.tiezheng.storage.StoredObject put(org.tiezheng.storage.PutRequest request, InputStream content)
                throws IOException {
            return of.put(request, content);
        }

        @Override
        public InputStream get(org.tiezheng.storage.ObjectVersion version, long offset, long length)
                throws IOException {
            throw new IOException("no answer");
        }

        @Override
        public java.util.Optional<org.tiezheng.storage.StoredObject> head(org.tiezheng.storage.ObjectVersion version)
                throws IOException {
            return of.head(version);
        }

        @Override
        public void list(String prefix, java.util.function.Consumer<org.tiezheng.storage.StoredObject> consumer)
                throws IOException {
            of.list(prefix, consumer);
        }

        @Override
        public void extendRetention(org.tiezheng.storage.ObjectVersion version, Instant until) throws IOException {
            of.extendRetention(version, until);
        }

        @Override
        public void setLegalHold(org.tiezheng.storage.ObjectVersion version, boolean on) throws IOException {
            of.setLegalHold(version, on);
        }

        @Override
        public void delete(org.tiezheng.storage.ObjectVersion version) throws IOException {
            of.delete(version);
        }

        @Override
        public org.tiezheng.storage.StoreDescription describe() {
            return of.describe();
        }
    }
}
