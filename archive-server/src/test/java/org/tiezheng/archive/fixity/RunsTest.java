package org.tiezheng.archive.fixity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.FolderStore;

/** Checks by hand, several servers, and what a server that ends leaves behind. */
class RunsTest {
    private static final Instant START = Instant.parse("2026-11-21T08:00:00Z");

    @TempDir
    private static Path folder;

    private static FixityWorld world;
    private static FolderStore primary;
    private static FolderStore custodian;
    private static UUID tea;
    private static UUID wine;

    @BeforeAll
    static void archive() throws IOException {
        FixityWorld.MovableClock clock = FixityWorld.MovableClock.at(START);
        primary = FolderStore.create("objects", folder.resolve("objects"), clock);
        custodian = FolderStore.create("custodian", folder.resolve("custodian"), clock);
        world = new FixityWorld(folder, START, primary, custodian, clock);
        tea = world.evidence("茶叶旗舰店", 10_000);
        wine = world.evidence("白酒专营店", 10_000);
    }

    @AfterAll
    static void close() throws IOException {
        world.close();
        primary.close();
        custodian.close();
    }

    private static UUID start(Selection selection, String sample, String seed) {
        return world.fixity
                .runs
                .start(selection, new BigDecimal(sample), seed, TestArchive.OFFICER)
                .orElseThrow();
    }

    private static Run done(UUID id) throws InterruptedException {
        world.work(world.server);
        Run run = world.fixity.runs.find(id).orElseThrow();
        assertThat(run.state()).isEqualTo(Run.State.DONE);
        assertThat(run.done()).isEqualTo(run.objects());
        return run;
    }

    private static long objectsOf(UUID evidence) {
        return world.count("select count(distinct key) from evidence_object where evidence_id = '" + evidence + "'");
    }

    @Test
    void eachSelectionChecksWhatItSaysAndLeavesTheCalendarAlone() throws Exception {
        List<Instant> due = due();
        long all = world.count("select count(*) from fixity_object");

        assertThat(done(start(Selection.ofPackage(tea), "1", "s")).good()).isEqualTo(2 * objectsOf(tea));
        assertThat(done(start(Selection.ofSearch(EvidenceQuery.text("白酒")), "1", "s"))
                        .good())
                .isEqualTo(2 * objectsOf(wine));
        assertThat(done(start(Selection.ofStore("custodian"), "1", "s")).good()).isEqualTo(all);
        Run everything = done(start(Selection.all(), "1", "s"));
        assertThat(everything.good()).isEqualTo(2 * all);
        assertThat(everything.bytes()).isEqualTo(everything.doneBytes());
        assertThat(everything.isFull()).isTrue();
        // What a search does not find is not checked, and that is what it says.
        Run nothing = done(start(Selection.ofSearch(EvidenceQuery.text("没有这样的店")), "1", "s"));
        assertThat(nothing.objects()).isZero();
        assertThat(nothing.good()).isZero();
        assertThat(due()).isEqualTo(due);
    }

    private static List<Instant> due() {
        return world.database
                .jdbc()
                .sql("select due_at from fixity_copy order by object_id, store_id")
                .query((row, number) -> Damages.time(row, "due_at"))
                .list();
    }

    @Test
    void aSampleIsTheOneThatItsSeedDraws() throws Exception {
        UUID id = start(Selection.ofStore("objects"), "0.5", "2026-11-21");

        Run run = done(id);

        Set<String> drawn = new HashSet<>();
        for (String sha256 : world.database
                .jdbc()
                .sql("select sha256 from fixity_object")
                .query(String.class)
                .list()) {
            String hash = Digest.of(Digest.Algorithm.SHA256, ("2026-11-21:" + sha256).getBytes(StandardCharsets.UTF_8))
                    .hex();
            if (Long.parseLong(hash.substring(0, 8), 16) / 4294967296.0 < 0.5) {
                drawn.add(sha256);
            }
        }
        assertThat(world.database
                        .jdbc()
                        .sql(
                                "select o.sha256 from fixity_result r join fixity_object o on o.id = r.object_id where run_id = :run")
                        .param("run", id)
                        .query(String.class)
                        .list())
                .containsExactlyInAnyOrderElementsOf(drawn);
        assertThat(run.selected()).isEqualTo(world.count("select count(*) from fixity_object"));
        assertThat(run.isFull()).isFalse();
    }

    @Test
    void aRunThatIsPausedWaitsAndOneThatIsCancelledEnds() throws Exception {
        UUID id = start(Selection.all(), "1", "s");
        UUID worker = UUID.randomUUID();
        while (world.fixity.runs.prepare(worker)) {
            // Until it is prepared.
        }
        assertThat(world.fixity.runs.pause(id, TestArchive.OFFICER)).isTrue();
        world.work(world.server);
        assertThat(world.fixity.runs.find(id).orElseThrow().done()).isZero();

        assertThat(world.fixity.runs.resume(id, TestArchive.OFFICER)).isTrue();
        assertThat(world.fixity.runs.cancel(id, TestArchive.OFFICER)).isTrue();
        world.work(world.server);

        Run run = world.fixity.runs.find(id).orElseThrow();
        assertThat(run.state()).isEqualTo(Run.State.CANCELLED);
        assertThat(run.done()).isZero();
        assertThat(world.count("select count(*) from fixity_item where run_id = '" + id + "'"))
                .isZero();
        assertThat(world.fixity.runs.cancel(id, TestArchive.OFFICER)).isFalse();
    }

    @Test
    void whatAServerClaimedIsForTheOthersOnceItIsNotSeenAnyMore() throws Exception {
        world.makeDue();
        UUID gone = UUID.randomUUID();
        Fixity other = world.newFixity("node b", step -> {});
        other.workers.beat(gone, "node b");
        List<Copy> claimed = other.copies.claimDue("objects", gone, world.clock.instant(), 3);
        assertThat(claimed).hasSize(3);

        // Both claim at the same moment and never the same copy.
        UUID here = UUID.randomUUID();
        world.fixity.workers.beat(here, "node a");
        assertThat(world.fixity.copies.claimDue("objects", here, world.clock.instant(), 1000))
                .extracting(Copy::objectId)
                .doesNotContainAnyElementsOf(
                        claimed.stream().map(Copy::objectId).toList());
        world.fixity.workers.gone(here);

        world.work(world.server);
        assertThat(world.count("select count(*) from fixity_copy where claimed_by = '" + gone + "'"))
                .isEqualTo(3);
        world.clock.forward(Duration.ofMinutes(2));
        world.work(world.server);

        assertThat(world.count("select count(*) from fixity_copy where claimed_by is not null"))
                .isZero();
        assertThat(world.count("select count(*) from fixity_copy where due_at <= '" + world.clock.instant() + "'"))
                .isZero();
    }

    @Test
    void whileCheckingIsPausedNothingIsRead() throws Exception {
        long before = world.count("select count(*) from fixity_result");
        assertThat(world.fixity.paces.pause("维护存储", TestArchive.OFFICER)).isTrue();
        try {
            world.checkAll();
            assertThat(world.count("select count(*) from fixity_result")).isEqualTo(before);
        } finally {
            assertThat(world.fixity.paces.resume(TestArchive.OFFICER)).isTrue();
        }
        world.checkAll();
        assertThat(world.count("select count(*) from fixity_result")).isGreaterThan(before);
    }

    @Test
    void theDueMomentsAreSpreadOverThePeriodAndNotOnOneDay() throws Exception {
        try (Connection connection = world.database.owner().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into fixity_object (key, version_id, sha256, size_bytes)"
                    + " select 'spread/' || n, 'v', repeat('0', 64), 1 from generate_series(1, 9000) n");
            try {
                world.stores.register();
                Duration period = world.fixity.paces.now().period();

                List<Long> days = world.database
                        .jdbc()
                        .sql("""
                                select count(*) from fixity_copy c join fixity_object o on o.id = c.object_id
                                where o.key like 'spread/%' group by floor(extract(epoch from (due_at - :now)) / 86400)""")
                        .param("now", CopyTable.utc(world.clock.instant()))
                        .query(Long.class)
                        .list();

                // 18,000 copies on 90 days: 200 each, and never twice that.
                assertThat(days).hasSize((int) period.toDays()).allMatch(copies -> copies > 100 && copies < 400);
            } finally {
                statement.execute(
                        "delete from fixity_copy using fixity_object o where o.id = object_id and o.key like 'spread/%'");
                statement.execute("delete from fixity_object where key like 'spread/%'");
            }
        }
    }

    @Test
    void aRateThatIsRaisedIsFeltByWhoeverWaits() throws Exception {
        ReadRate rate = new ReadRate(1);
        Thread reader = new Thread(() -> {
            try {
                rate.pass(1_000_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        reader.setDaemon(true);
        reader.start();

        rate.set(1_000_000_000);
        while (reader.isAlive()) {
            // The reader may not have begun to wait when the rate was raised; then it never does.
            reader.join(TimeUnit.SECONDS.toMillis(1));
            rate.set(1_000_000_000);
        }

        assertThat(rate.bytesPerSecond()).isEqualTo(1_000_000_000);
    }
}
