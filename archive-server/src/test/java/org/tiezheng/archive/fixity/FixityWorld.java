package org.tiezheng.archive.fixity;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.CustodianVersions;
import org.tiezheng.storage.CopyQueue;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.VersionedStore;

/** An archive with two copies of everything, all real: PostgreSQL, stores, packages. A "server" is one set of threads' work. */
final class FixityWorld implements AutoCloseable {
    final TestDatabase database = TestDatabase.create();
    final MovableClock clock;
    final VersionedStore primary;
    final VersionedStore custodian;
    final MirroredStore mirrored;
    final TestArchive archive;
    final TestPackages packages;
    final EvidenceCatalogue catalogue;
    final AuditLog audit;
    final CheckedStores stores;
    final Fixity fixity;
    final FixityFigures figures;
    final FixityWorkers server;

    /** @param start the clock's first instant; on a store with a clock of its own, now */
    FixityWorld(Path folder, Instant start, VersionedStore primary, VersionedStore custodian, MovableClock clock)
            throws IOException {
        this.clock = clock;
        this.primary = primary;
        this.custodian = custodian;
        this.mirrored = new MirroredStore(
                primary,
                custodian,
                CopyQueue.open(folder.resolve("queue")),
                clock,
                1_000_000_000,
                new CustodianVersions(database.jdbc(), clock));
        this.packages = new TestPackages(folder.resolve("packages"), start.minusSeconds(600));
        this.archive = new TestArchive(database, mirrored, packages, clock);
        this.catalogue = new EvidenceCatalogue(database.jdbc());
        this.audit = new AuditLog(database.jdbc(), clock);
        this.stores = new CheckedStores(List.of(primary, custodian), database.jdbc(), database.transactions(), clock);
        this.fixity = newFixity("node a", step -> {});
        this.figures = new FixityFigures(database.jdbc(), clock);
        this.server = fixity.workers(true, Duration.ZERO);
        server.beat();
    }

    /** Another server on the same database and stores. */
    Fixity newFixity(String node, Consumer<Repairs.Step> steps) {
        FixitySettings settings = new FixitySettings(
                true, org.springframework.util.unit.DataSize.ofGigabytes(10), Duration.ofDays(7), 200);
        return new Fixity(
                stores,
                database.jdbc(),
                database.transactions(),
                audit,
                new LogQueue(database.jdbc(), clock),
                catalogue,
                settings,
                new FixityMeters(),
                clock,
                node,
                steps);
    }

    /** Archives a package with members of some kB, one of them of {@code largeBytes}. */
    UUID evidence(String title, int largeBytes) {
        byte[] large = new byte[largeBytes];
        new java.util.Random(title.hashCode()).nextBytes(large);
        return archive.archive(
                packages.make(
                        UUID.randomUUID(),
                        title,
                        "http://shop.example/" + UUID.randomUUID(),
                        "页面文字",
                        Map.of("evidence/large.bin", large)),
                NewEvidence.InitialLinks.NONE);
    }

    EvidenceObject member(UUID evidence, String member) {
        return catalogue.objects(evidence).stream()
                .filter(object -> object.member().equals(member))
                .findFirst()
                .orElseThrow();
    }

    /** Every copy and package is due now. */
    void makeDue() {
        for (String table : List.of("fixity_copy", "fixity_package")) {
            int unused = database.jdbc()
                    .sql("update " + table + " set due_at = :now")
                    .param("now", CopyTable.utc(clock.instant()))
                    .update();
        }
    }

    /** Reads everything that is due, in both stores. */
    void checkAll() throws InterruptedException {
        makeDue();
        work(server);
    }

    /** Lists both stores, and does what comes of it. */
    void listAll() throws InterruptedException {
        int unused = database.jdbc()
                .sql("update fixity_listing set due_at = :now")
                .param("now", CopyTable.utc(clock.instant()))
                .update();
        work(server);
    }

    /** All that {@code server} finds to do now. */
    void work(FixityWorkers server) throws InterruptedException {
        server.beat();
        server.background();
        for (String store : stores.ids()) {
            while (server.turn(store)) {
                // Until nothing is due.
            }
        }
        server.background();
        server.beat();
    }

    /** Open damages, as "store outcome remarks". */
    List<String> alarms() {
        return fixity.damages.open(100).stream()
                .map(damage -> (damage.storeId() == null ? "catalogue" : damage.storeId()) + " " + damage.outcome()
                        + damage.remarks().stream()
                                .sorted()
                                .map(remark -> " " + remark)
                                .toList())
                .sorted()
                .toList();
    }

    long count(String sql) {
        return database.jdbc().sql(sql).query(Long.class).single();
    }

    @Override
    public void close() throws IOException {
        mirrored.close();
    }

    /** Goes on from where it is put; stands still or runs. */
    static final class MovableClock extends Clock {
        private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
        private final Clock base;

        MovableClock(Clock base) {
            this.base = base;
        }

        static MovableClock at(Instant start) {
            return new MovableClock(Clock.fixed(start, ZoneOffset.UTC));
        }

        void forward(Duration by) {
            ahead.updateAndGet(duration -> duration.plus(by));
        }

        @Override
        public Instant instant() {
            return base.instant().plus(ahead.get());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }
}
