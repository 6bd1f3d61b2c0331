package org.tiezheng.archive.filing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.archive.filing.Filing.Refusal;
import org.tiezheng.archive.filing.Filing.RefusedException;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.web.Problem;

class FilingTest {
    @TempDir
    private static Path folder;

    private static FilingWorld world;

    @BeforeAll
    static void begin() throws IOException {
        world = new FilingWorld(folder);
        var unused = world.fonds();
    }

    @AfterAll
    static void end() throws IOException {
        world.close();
    }

    private static Filed file(UUID id) throws Exception {
        return world.filing.file(id, FilingWorld.CHOICE, null, null, filed -> null, FilingWorld.ARCHIVIST);
    }

    @Test
    void evidenceGetsItsCodeAndIsFoundByIt() throws Exception {
        UUID id = world.evidence("甲店", null);
        Filed filed = file(id);
        assertThat(filed.archivalCode()).startsWith("0123-XZCF·2026-D30-WJ-0");
        assertThat(filed.responsible()).isEqualTo("甲市市场监督管理局网络监管科");
        assertThat(filed.title()).isEqualTo("甲店");
        assertThat(world.catalogue.find(id).orElseThrow().archivalCode()).isEqualTo(filed.archivalCode());
        for (EvidenceQuery query : List.of(
                EvidenceQuery.text(filed.archivalCode()),
                EvidenceQuery.ALL.filing(filed.archivalCode(), null),
                EvidenceQuery.ALL.filing("0123-XZCF", true))) {
            assertThat(world.catalogue.search(query, null, 100).items())
                    .as(query.toString())
                    .anyMatch(found -> found.id().equals(id));
        }
        assertThat(world.catalogue
                        .search(EvidenceQuery.ALL.filing("%", null), null, 100)
                        .items())
                .isEmpty();
        assertThat(world.audit.ofObject("evidence", id.toString()))
                .anyMatch(entry -> entry.event().action().equals("evidence.file"));
        assertThatThrownBy(() -> file(id))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.refusal()).isEqualTo(Refusal.FILED_ALREADY));
    }

    @Test
    void theEvidenceOfACaseIsOneVolumeWithItsOwnNumbers() throws Exception {
        Filed first = file(world.evidence("一", "案-甲"));
        Filed second = file(world.evidence("二", "案-甲"));
        Filed other = file(world.evidence("三", "案-乙"));
        assertThat(second.volumeId()).isEqualTo(first.volumeId());
        assertThat(first.archivalCode()).isEqualTo(first.volumeCode() + "-001");
        assertThat(second.archivalCode()).isEqualTo(first.volumeCode() + "-002");
        assertThat(other.volumeCode()).isNotEqualTo(first.volumeCode());
        assertThat(other.itemNo()).isEqualTo(1);
        Volume volume = world.register.volume(first.volumeId()).orElseThrow();
        assertThat(volume.items()).isEqualTo(2);
        assertThat(volume.caseNo()).isEqualTo("案-甲");
        assertThat(world.register.ofVolume(volume.id(), 0, 10)).hasSize(2);
    }

    @Test
    void numbersAreConsecutiveAlsoWhenManyFileAtOnceAndSomeFail() throws Exception {
        var unused = world.fonds.set(
                new FondsRegister.Setting(
                        "0777",
                        "乙局",
                        "乙局",
                        CodePattern.DEFAULT_ITEM,
                        CodePattern.DEFAULT_VOLUME,
                        Map.of("XZCF", "行政处罚"),
                        Map.of("WJ", "网络监管科")),
                FilingWorld.ARCHIVIST);
        Filing.Choice choice = new Filing.Choice("0777", "XZCF", "WJ");
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ids.add(world.evidence("多" + i, null));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < ids.size(); i++) {
                UUID id = ids.get(i);
                boolean fails = i % 3 == 1;
                all.add(threads.submit(() -> {
                    if (fails) {
                        assertThatThrownBy(() -> world.filing.file(
                                        id,
                                        choice,
                                        null,
                                        null,
                                        filed -> {
                                            throw new IOException("store is away");
                                        },
                                        FilingWorld.ARCHIVIST))
                                .isInstanceOf(IOException.class);
                    }
                    return world.filing.file(id, choice, null, null, filed -> null, FilingWorld.ARCHIVIST);
                }));
            }
            for (Future<?> one : all) {
                var ignored = one.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(ids.stream().map(id -> world.register.find(id).orElseThrow().itemNo()))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.rangeClosed(1, 6).boxed().toList());
        assertThat(world.register.gaps("0777-XZCF·2026-D30-WJ-")).isEmpty();
    }

    @Test
    void whatIsNotReadyOrOnesOwnIsRefused() throws Exception {
        UUID raw = world.archive.archive(
                world.packages.make("生", "http://shop.example/raw", "x"),
                org.tiezheng.archive.catalogue.NewEvidence.InitialLinks.NONE);
        assertThat(refusal(raw, FilingWorld.CHOICE, FilingWorld.ARCHIVIST)).isEqualTo(Refusal.NOT_CONFIRMED);
        UUID id = world.evidence("丙店", null);
        assertThat(refusal(id, FilingWorld.CHOICE, TestArchive.OFFICER)).isEqualTo(Refusal.OWN_CAPTURE);
        assertThat(refusal(id, FilingWorld.CHOICE, new Actor("officer-2", "乙", "ARCHIVIST", null, null, null)))
                .isEqualTo(Refusal.OWN_CAPTURE);
        assertThat(refusal(id, new Filing.Choice("9999", "XZCF", "WJ"), FilingWorld.ARCHIVIST))
                .isEqualTo(Refusal.NO_SUCH_FONDS);
        assertThat(refusal(id, new Filing.Choice("0123", "NONE", "WJ"), FilingWorld.ARCHIVIST))
                .isEqualTo(Refusal.NO_SUCH_CATEGORY);
        assertThat(refusal(UUID.randomUUID(), FilingWorld.CHOICE, FilingWorld.ARCHIVIST))
                .isEqualTo(Refusal.NO_SUCH_EVIDENCE);
        assertThat(world.catalogue.find(id).orElseThrow().archivalCode()).isNull();
    }

    private static Refusal refusal(UUID id, Filing.Choice choice, Actor by) throws IOException {
        try {
            Filed unused = world.filing.file(id, choice, null, null, filed -> null, by);
            throw new AssertionError("filed");
        } catch (RefusedException refused) {
            return refused.refusal();
        }
    }

    @Test
    void theApplicationCanNeitherChangeNorRemoveWhatWasFiled() throws Exception {
        Filed filed = file(world.evidence("丁店", null));
        for (String sql : List.of(
                "update filed set archival_code = 'x' where evidence_id = :id",
                "delete from filed where evidence_id = :id",
                "update fonds_rule set name = 'x' where :id::uuid is not null",
                "delete from volume where id = :id",
                "update check_result set result = 'PASS' where run_id = :id")) {
            assertThatThrownBy(() -> {
                        int unused = world.database
                                .jdbc()
                                .sql(sql)
                                .param("id", filed.evidenceId())
                                .update();
                    })
                    .as(sql)
                    .isInstanceOf(DataAccessException.class);
        }
    }

    @Test
    void aSettingThatCannotBeIsRefusedWithEveryFault() {
        assertThatThrownBy(() -> {
                    FondsRule unused = world.fonds.set(
                            new FondsRegister.Setting(
                                    "01-23",
                                    " ",
                                    "局",
                                    "{fonds}{item}",
                                    CodePattern.DEFAULT_VOLUME,
                                    Map.of("a", "b"),
                                    Map.of()),
                            FilingWorld.ARCHIVIST);
                })
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.fields())
                                .extracting(Problem.FieldError::field)
                                .containsExactly("no", "name", "itemPattern", "categories", "organisations"));
        assertThat(world.fonds.find("01-23")).isEmpty();
    }
}
