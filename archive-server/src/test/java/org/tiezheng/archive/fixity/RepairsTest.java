package org.tiezheng.archive.fixity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectVersion;

/** A bad copy becomes good by a new version, after two persons said so, whatever moment the server dies at. */
class RepairsTest {
    private static final Instant START = Instant.parse("2026-11-21T08:00:00Z");
    private static final Actor ARCHIVIST = new Actor("archivist-1", "档案人员甲", "ARCHIVIST", null, "127.0.0.1", "s1");
    private static final Actor LEADER = new Actor("leader-1", "负责人甲", "RESPONSIBLE_LEADER", null, "127.0.0.1", "s2");

    @TempDir
    private Path folder;

    private FixityWorld world;
    private FolderStore primary;
    private FolderStore custodian;
    private UUID evidence;
    private EvidenceObject wacz;
    private byte[] good;

    @BeforeEach
    void archive() throws IOException {
        FixityWorld.MovableClock clock = FixityWorld.MovableClock.at(START);
        primary = FolderStore.create("objects", folder.resolve("objects"), clock);
        custodian = FolderStore.create("custodian", folder.resolve("custodian"), clock);
        world = new FixityWorld(folder, START, primary, custodian, clock);
        evidence = world.evidence("茶叶旗舰店", 50_000);
        wacz = world.member(evidence, "wacz/capture.wacz");
        good = Files.readAllBytes(file("objects", wacz.version()));
    }

    @AfterEach
    void close() throws IOException {
        world.close();
        primary.close();
        custodian.close();
    }

    private Path file(String store, ObjectVersion version) {
        return folder.resolve(store).resolve(version.key() + "@" + version.versionId());
    }

    private void damage(String store) throws IOException {
        byte[] bytes = good.clone();
        bytes[bytes.length / 3] ^= 4;
        Files.delete(file(store, wacz.version()));
        Files.write(file(store, wacz.version()), bytes);
    }

    private UUID approved() {
        Damage damage = world.fixity.damages.open(1).get(0);
        UUID repair =
                world.fixity.repairs.propose(damage.id(), "副本损坏", ARCHIVIST).orElseThrow();
        assertThat(world.fixity.repairs.decide(repair, true, "同意修复", LEADER)).isEqualTo(Repairs.Decision.DONE);
        return repair;
    }

    @Test
    void theRepairedPrimaryCopyIsANewVersionThatTheCatalogueNamesAndTheBadOneStays() throws Exception {
        damage("objects");
        byte[] bad = Files.readAllBytes(file("objects", wacz.version()));
        world.checkAll();
        UUID repair = approved();

        world.work(world.server);

        EvidenceObject now = world.member(evidence, "wacz/capture.wacz");
        assertThat(now.version().versionId()).isEqualTo(wacz.version().versionId() + ".2");
        assertThat(Files.readAllBytes(file("objects", now.version()))).isEqualTo(good);
        assertThat(Files.readAllBytes(file("objects", wacz.version()))).isEqualTo(bad);
        assertThat(primary.head(now.version()).orElseThrow().retention())
                .isEqualTo(primary.head(wacz.version()).orElseThrow().retention());
        assertThat(world.alarms()).isEmpty();
        assertThat(world.fixity.repairs.find(repair).orElseThrow().state()).isEqualTo(Repair.State.DONE);
        assertThat(world.fixity.damages.closed(1).get(0).state()).isEqualTo(Damage.State.REPAIRED);
        assertThat(world.audit.ofObject("evidence", evidence.toString()))
                .filteredOn(entry -> entry.event().action().equals("evidence.copy-repaired"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.event().approvalRef()).isEqualTo(repair.toString()));
        assertThat(world.count(
                        "select count(*) from log_queue where kind = 'repair' and evidence_id = '" + evidence + "'"))
                .isEqualTo(1);
        // The next round finds nothing.
        world.checkAll();
        assertThat(world.alarms()).isEmpty();
        assertThat(world.figures.ofPackage(evidence).isAllGood()).isTrue();
    }

    @Test
    void aRepairedCopyOfTheCustodianLeavesTheCatalogueAsItIs() throws Exception {
        damage("custodian");
        world.checkAll();
        UUID unused = approved();

        world.work(world.server);

        assertThat(world.member(evidence, "wacz/capture.wacz")).isEqualTo(wacz);
        assertThat(world.database
                        .jdbc()
                        .sql(
                                "select c.version_id from fixity_copy c join fixity_object o on o.id = c.object_id where o.key = :key"
                                        + " and c.store_id = 'custodian'")
                        .param("key", wacz.version().key())
                        .query(String.class)
                        .single())
                .isEqualTo(wacz.sha256() + ".2");
        world.checkAll();
        assertThat(world.alarms()).isEmpty();
    }

    @Test
    void aMissingCopyIsPutAgain() throws Exception {
        Files.delete(file("objects", wacz.version()));
        world.checkAll();
        UUID unused = approved();

        world.work(world.server);

        assertThat(Files.readAllBytes(file(
                        "objects", world.member(evidence, "wacz/capture.wacz").version())))
                .isEqualTo(good);
        world.checkAll();
        assertThat(world.alarms()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Repairs.Step.class)
    void dyingAtAnyStepLeavesARepairThatTheNextServerCompletesOnce(Repairs.Step where) throws Exception {
        damage("objects");
        world.checkAll();
        UUID repair = approved();
        Fixity dying = world.newFixity("node b", step -> {
            if (step == where) {
                throw new Died();
            }
        });
        UUID worker = UUID.randomUUID();
        dying.workers.beat(worker, "node b");
        assertThatThrownBy(() -> dying.repairs.turn(worker)).isInstanceOf(Died.class);

        // Nobody takes it while the server that claimed it may be alive; then somebody does.
        world.work(world.server);
        boolean done = world.fixity.repairs.find(repair).orElseThrow().state() == Repair.State.DONE;
        assertThat(done).isEqualTo(where == Repairs.Step.WRITTEN_DOWN);
        world.clock.forward(Duration.ofMinutes(2));
        world.work(world.server);

        assertThat(world.fixity.repairs.find(repair).orElseThrow().state()).isEqualTo(Repair.State.DONE);
        assertThat(world.member(evidence, "wacz/capture.wacz").version().versionId())
                .isEqualTo(wacz.sha256() + ".2");
        assertThat(Files.exists(file("objects", new ObjectVersion(wacz.version().key(), wacz.sha256() + ".3"))))
                .isFalse();
        assertThat(world.count("select count(*) from log_queue where kind = 'repair'"))
                .isEqualTo(1);
        assertThat(world.count("select count(*) from audit_event where action = 'evidence.copy-repaired'"))
                .isEqualTo(1);
        world.checkAll();
        assertThat(world.alarms()).isEmpty();
    }

    @Test
    void nobodyApprovesWhatHeProposedAndNothingHappensWithoutApproval() throws Exception {
        damage("objects");
        world.checkAll();
        Damage damage = world.fixity.damages.open(1).get(0);
        UUID repair =
                world.fixity.repairs.propose(damage.id(), "副本损坏", ARCHIVIST).orElseThrow();

        assertThat(world.fixity.repairs.decide(repair, true, "同意", ARCHIVIST)).isEqualTo(Repairs.Decision.SAME_PERSON);
        assertThat(world.fixity.repairs.propose(damage.id(), "再次", ARCHIVIST)).isEmpty();
        world.work(world.server);
        assertThat(world.member(evidence, "wacz/capture.wacz")).isEqualTo(wacz);

        assertThat(world.fixity.repairs.decide(repair, false, "先查明原因", LEADER)).isEqualTo(Repairs.Decision.DONE);
        world.work(world.server);
        assertThat(world.member(evidence, "wacz/capture.wacz")).isEqualTo(wacz);
        assertThat(world.fixity.repairs.decide(repair, true, "同意", LEADER)).isEqualTo(Repairs.Decision.NOT_OPEN);
        assertThat(world.fixity.repairs.propose(damage.id(), "原因已查明", ARCHIVIST))
                .isPresent();
    }

    @Test
    void whatIsBadEverywhereCannotBeRepairedAndIsSaidToBeLost() throws Exception {
        damage("objects");
        damage("custodian");

        world.checkAll();

        assertThat(world.alarms()).containsExactly("custodian CHANGED[]", "objects CHANGED[]");
        assertThat(world.fixity.damages.open(10)).allSatisfy(damage -> {
            assertThat(damage.isEvidenceSafe()).isFalse();
            assertThat(world.fixity.repairs.propose(damage.id(), "副本损坏", ARCHIVIST))
                    .isEmpty();
        });
        assertThat(world.figures.recount().withoutGoodCopy()).isEqualTo(2);
    }

    @Test
    void theApplicationCannotRenameAMemberWithoutAnApprovedRepair() {
        assertThat(world.database
                        .jdbc()
                        .sql("select fixity_name_version(:id)")
                        .param("id", UUID.randomUUID())
                        .query(Boolean.class)
                        .single())
                .isFalse();
        assertThatThrownBy(() -> world.database
                        .jdbc()
                        .sql("update evidence_object set version_id = 'x'")
                        .update())
                .rootCause()
                .hasMessageContaining("permission denied");
    }

    /** As if the process had ended here. */
    private static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
