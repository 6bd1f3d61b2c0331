package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.audit.ChainVerifier;
import org.tiezheng.archive.catalogue.ArchivalCodes;
import org.tiezheng.archive.catalogue.ByteRange;
import org.tiezheng.archive.database.Mortal;
import org.tiezheng.archive.ingest.TestIngest;
import org.tiezheng.archive.jobs.MovableClock;
import org.tiezheng.archive.retention.Approvals;
import org.tiezheng.archive.retention.ClassChanges;
import org.tiezheng.archive.retention.RetentionClasses;
import org.tiezheng.archive.retention.Retentions;
import org.tiezheng.archive.retention.TestRetention;
import org.tiezheng.archive.stores.KeptObjects;

/**
 * A server is killed between any two steps of a task, before the database has written and after it, and another goes on when the
 * lease is over: each process dies at the first step at which none has died yet, until one comes to the end.
 */
class FilingCrashTest {
    private static final MovableClock clock = new MovableClock(FilingWorld.SEALED.plusSeconds(3600));

    @TempDir
    private static Path folder;

    private static FilingWorld world;

    @BeforeAll
    static void begin() throws IOException {
        world = new FilingWorld(folder.resolve("world"), clock);
        var unused = world.fonds();
    }

    @AfterAll
    static void end() throws IOException {
        world.close();
    }

    private interface Between {
        void work() throws Exception;
    }

    /**
     * @param runner of a process with these connections
     * @param between what goes on in the archive meanwhile
     * @return steps at which a process died
     */
    private static Set<String> killUntilDone(
            FilingWorld of, UUID task, Function<Mortal, FilingRunner> runner, Between between) throws Exception {
        Set<String> deaths = new LinkedHashSet<>();
        for (int process = 0; process < 200; process++) {
            try {
                runner.apply(new Mortal(of.database.dataSource(), deaths::add)).drain();
            } catch (Mortal.Killed killed) {
                assertThat(deaths).contains(String.valueOf(killed.getMessage()));
            }
            FilingTask now = of.tasks.find(task).orElseThrow();
            if (now.state().isFinal()) {
                assertThat(of.database
                                .jdbc()
                                .sql("select count(*) from check_run where state = 'RUNNING'")
                                .query(Integer.class)
                                .single())
                        .isZero();
                return deaths;
            }
            if (now.state() == FilingTask.State.RUNNING) {
                assertThat(of.tasks.claim("node", "another", FilingWorld.LEASE))
                        .as("nobody takes it before its lease is over")
                        .isEmpty();
            }
            between.work();
            clock.advance(FilingWorld.LEASE.plusSeconds(1));
            // Deaths are counted, so that what kills servers is given up; here they are ours.
            int unused = of.jdbc
                    .sql("update filing_task set attempts = 0 where id = :id")
                    .param("id", task)
                    .update();
        }
        throw new AssertionError("never done: " + of.tasks.find(task) + "\n" + String.join("\n", deaths));
    }

    private static void assertDied(Set<String> deaths, String... steps) {
        for (String step : steps) {
            for (String when : List.of("before ", "after ")) {
                assertThat(deaths).as(when + step).anyMatch(death -> death.startsWith(when) && death.contains(step));
            }
        }
    }

    private static void assertChainIntact(FilingWorld of) throws SQLException {
        assertThat(new ChainVerifier(of.database.dataSource()).verify(List.of()).isIntact())
                .isTrue();
    }

    private static long count(FilingWorld of, String sql) {
        return of.database.jdbc().sql(sql).query(Long.class).single();
    }

    private static FilingRunner fileRunner(FilingWorld process) {
        return process.runner(process.desk(process.check(null, false)));
    }

    @Test
    void filingGoesOnWhereverItsServerDied() throws Exception {
        String caseNo = "案-断";
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ids.add(world.evidence("件" + i, caseNo));
        }
        FilingTask task = world.desk(world.check(null, false))
                .start(new FilingDesk.Selection(null, caseNo, null), FilingWorld.CHOICE, "测试", FilingWorld.ARCHIVIST);
        Set<String> deaths =
                killUntilDone(world, task.id(), mortal -> fileRunner(new FilingWorld(world, mortal)), () -> {});
        assertDied(
                deaths,
                "update filing_task set owner",
                "insert into check_run",
                "insert into check_result",
                "insert into filed",
                "update filing_item set state");
        assertThat(world.tasks.find(task.id()).orElseThrow().state()).isEqualTo(FilingTask.State.DONE);
        assertThat(world.tasks.counts(task.id())).isEqualTo(Map.of(FilingItem.State.FILED, ids.size()));
        Set<Integer> numbers = new LinkedHashSet<>();
        for (UUID id : ids) {
            Filed filed = world.register.find(id).orElseThrow();
            numbers.add(filed.itemNo());
            assertThat(world.catalogue.find(id).orElseThrow().archivalCode()).isEqualTo(filed.archivalCode());
            assertThat(world.kept.find(KeptObjects.Kind.FILING_REPORT, filed.runId()))
                    .isPresent();
            assertThat(count(
                            world,
                            "select count(*) from log_queue where kind = 'report' and leaf like '%"
                                    + filed.reportSha256() + "%'"))
                    .isEqualTo(1);
            assertThat(world.audit.ofObject("evidence", id.toString()))
                    .filteredOn(entry -> entry.event().action().equals("evidence.file"))
                    .hasSize(1);
        }
        assertThat(numbers).containsExactlyInAnyOrder(1, 2);
        assertThat(world.audit.ofObject("filing", task.id().toString()))
                .filteredOn(entry -> entry.event().action().equals("filing.end"))
                .hasSize(1);
        assertChainIntact(world);

        FilingTask again = world.desk(world.check(null, false)).startCheck(ids, FilingWorld.ARCHIVIST);
        deaths = killUntilDone(world, again.id(), mortal -> fileRunner(new FilingWorld(world, mortal)), () -> {});
        assertDied(deaths, "insert into check_run", "insert into kept_object", "update filing_item set state");
        assertThat(world.tasks.counts(again.id())).isEqualTo(Map.of(FilingItem.State.CHECKED, ids.size()));
        for (FilingItem item : world.tasks.items(again.id(), 0, 10)) {
            assertThat(world.kept.find(KeptObjects.Kind.FILING_REPORT, item.runId()))
                    .isPresent();
        }

        exportGoesOnToo(caseNo, ids);
    }

    private static void exportGoesOnToo(String caseNo, List<UUID> ids) throws Exception {
        Path into = Files.createDirectory(folder.resolve("exports"));
        ExportDesk exports = world.exports(into);
        FilingTask quiet = exports.start(null, null, caseNo, true, FilingWorld.ARCHIVIST);
        world.exporter(into).drain();
        FilingTask task = exports.start(null, null, caseNo, true, FilingWorld.ARCHIVIST);
        Path part = Files.createDirectories(
                into.resolve(task.parameters().path("name").asString() + ".part/data"));
        Files.writeString(part.resolve("left-by-a-cancelled-task.asice.part"), "half");
        Set<String> deaths =
                killUntilDone(world, task.id(), mortal -> new FilingWorld(world, mortal).exporter(into), () -> {});
        assertDied(
                deaths,
                "update filing_task set owner",
                "update filing_item set state",
                "insert into filing_document",
                "update filing_task set state");
        assertThat(world.tasks.find(task.id()).orElseThrow().failure()).isNull();
        assertThat(world.tasks.counts(task.id())).isEqualTo(Map.of(FilingItem.State.READY, ids.size()));
        assertThat(packagesOf(into, task)).isEqualTo(packagesOf(into, quiet));
        assertThat(exports.ready(task.id()).sizeBytes()).isPositive();
        try (var names = Files.list(into)) {
            assertThat(names.map(Path::getFileName).map(Path::toString)).noneMatch(name -> name.endsWith(".part"));
        }
        // What another made under that name is not taken for ours.
        FilingTask other = exports.start(ids.get(0), null, null, true, FilingWorld.ARCHIVIST);
        Path taken = Files.createDirectory(into.resolve("aip-" + ids.get(0)));
        Files.writeString(taken.resolve("tagmanifest-sha256.txt"), "x");
        world.exporter(into).drain();
        assertThat(world.tasks.find(other.id()).orElseThrow().failure()).contains("is there already");
    }

    /** Names and bytes of a bag's payload, but for what tells the time of its making. */
    private static Map<String, Integer> packagesOf(Path into, FilingTask task) throws IOException {
        Path bag = into.resolve(task.parameters().path("name").asString());
        Map<String, Integer> content = new TreeMap<>();
        try (var files = Files.walk(bag)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = bag.relativize(file).toString();
                content.put(name, name.endsWith(".asice") ? java.util.Arrays.hashCode(Files.readAllBytes(file)) : 0);
            }
        }
        return content;
    }

    @Test
    void importGoesOnWhereverItsServerDied() throws Exception {
        Path zip = folder.resolve("out.zip");
        String caseNo = "案-移交";
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            UUID id = world.evidence("交" + i, caseNo);
            var unused = world.filing.file(id, FilingWorld.CHOICE, null, "移交", none -> null, FilingWorld.ARCHIVIST);
            ids.add(id);
        }
        FilingTask out = world.exports(null).start(null, null, caseNo, false, FilingWorld.ARCHIVIST);
        world.exporter(null).drain();
        ExportDesk.Ready ready = world.exports(null).ready(out.id());
        try (OutputStream file = Files.newOutputStream(zip)) {
            ready.write(new ByteRange(0, ready.sizeBytes()), file);
        }
        try (FilingWorld there = new FilingWorld(folder.resolve("there"), clock)) {
            Path under = Files.createDirectory(folder.resolve("under-way"));
            TestIngest ingest = new TestIngest(there.database, there.store, folder.resolve("data"), world.trust, clock);
            ImportDesk desk = new ImportDesk(there.tasks, under, "node", 1L << 30);
            FilingTask task =
                    desk.receive("out.zip", null, Files.size(zip), Files.newInputStream(zip), FilingWorld.ARCHIVIST);
            Set<String> deaths = killUntilDone(
                    there, task.id(), mortal -> importer(new FilingWorld(there, mortal), ingest, under), ingest::work);
            assertDied(
                    deaths,
                    "update filing_task set owner",
                    "insert into filing_document",
                    "insert into filing_item",
                    "insert into upload",
                    "update upload set",
                    "update filing_item set state",
                    "insert into filed");
            assertThat(there.tasks.find(task.id()).orElseThrow().failure()).isNull();
            assertThat(there.tasks.find(task.id()).orElseThrow().state()).isEqualTo(FilingTask.State.DONE);
            assertThat(there.tasks.items(task.id(), 0, 100))
                    .allSatisfy(
                            item -> assertThat(item.state()).as(item.toString()).isEqualTo(FilingItem.State.FILED));
            for (UUID id : ids) {
                assertThat(Filing.elements(there.register.find(id).orElseThrow()))
                        .isEqualTo(Filing.elements(world.register.find(id).orElseThrow()));
                assertThat(there.register.documents(id)).contains("eep.xml", "mets.xml");
                assertThat(there.audit.ofObject("evidence", id.toString()))
                        .filteredOn(entry -> entry.event().action().equals("evidence.file"))
                        .hasSize(1);
            }
            assertThat(count(there, "select count(*) from upload where state = 'ARCHIVED'"))
                    .isEqualTo(ids.size());
            // The last one died when the task had ended: the file is there until the next start.
            desk.clean();
            try (var left = Files.list(under)) {
                assertThat(left).isEmpty();
            }
            assertChainIntact(there);
        }
    }

    @Test
    void aServerThatWasThoughtDeadChangesNothingMore() throws Exception {
        UUID id = world.evidence("迟", null);
        FilingTask task = world.desk(world.check(null, false))
                .start(new FilingDesk.Selection(id, null, null), FilingWorld.CHOICE, "测试", FilingWorld.ARCHIVIST);
        assertThat(world.tasks.claim("node-1", "slow", FilingWorld.LEASE))
                .get()
                .extracting(FilingTask::id)
                .isEqualTo(task.id());
        assertThat(world.tasks.renew(task.id(), "slow", FilingWorld.LEASE, 0, 0))
                .isEqualTo(FilingTasks.Standing.GO_ON);
        clock.advance(FilingWorld.LEASE.plusSeconds(1));
        fileRunner(world).drain();
        FilingItem filed = world.tasks.item(task.id(), 0).orElseThrow();
        assertThat(filed.state()).isEqualTo(FilingItem.State.FILED);
        assertThat(world.tasks.renew(task.id(), "slow", FilingWorld.LEASE, 0, 0))
                .isEqualTo(FilingTasks.Standing.LOST);
        assertThat(world.tasks.changeAs(
                        "slow", filed.at(FilingItem.State.REFUSED, Filing.Refusal.FILED_ALREADY.name(), null)))
                .isFalse();
        assertThat(world.tasks.end(task, "slow", FilingTask.State.FAILED, "late"))
                .isFalse();
        assertThat(world.tasks.item(task.id(), 0)).contains(filed);
        assertThat(world.tasks.find(task.id()).orElseThrow().state()).isEqualTo(FilingTask.State.DONE);
    }

    private static FilingRunner importer(FilingWorld process, TestIngest ingest, Path under) {
        return new FilingRunner(
                process.tasks,
                List.of(new ImportWork(
                        process.tasks,
                        process.register,
                        new Received(
                                process.jdbc,
                                process.transactions,
                                process.catalogue,
                                new ArchivalCodes(process.jdbc, process.catalogue),
                                process.fonds,
                                process.register,
                                process.filing,
                                classes(process),
                                process.audit,
                                process.clock),
                        process.catalogue,
                        ingest.uploads(process.jdbc, process.transactions),
                        under,
                        1L << 30)),
                "node",
                1,
                FilingWorld.LEASE,
                process.clock);
    }

    private static Received.Classes classes(FilingWorld process) {
        RetentionClasses classes = new RetentionClasses(process.jdbc, process.clock);
        Retentions retentions = TestRetention.retentions(process.jdbc, process.transactions, process.clock);
        Approvals approvals = new Approvals(process.jdbc, process.transactions, process.audit, process.clock);
        return new KnownClasses(
                classes,
                retentions,
                new ClassChanges(process.jdbc, process.transactions, retentions, classes, approvals),
                process.clock);
    }
}
