package org.tiezheng.archive.register;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.archive.jobs.MovableClock;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.register.ChainMark;
import org.tiezheng.evidence.register.MalformedRegisterException;
import org.tiezheng.evidence.register.RegisterField;
import org.tiezheng.evidence.register.RegisterReader;
import org.tiezheng.evidence.register.RegisterRow;
import org.tiezheng.storage.FolderStore;

class RegistersTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");

    @TempDir
    Path folder;

    private final TestDatabase database = TestDatabase.create();
    private final MovableClock clock = new MovableClock(SEALED.plusSeconds(300));
    private FolderStore store;
    private TestRegisters world;

    @BeforeEach
    void begin() throws IOException {
        store = FolderStore.create("primary", folder.resolve("objects"), clock);
        world = new TestRegisters(database, store, "archive.example/log", folder.resolve("work"), clock);
    }

    private UUID archive() throws IOException {
        TestPackages packages = new TestPackages(folder.resolve("packages"), SEALED);
        return new TestArchive(database, store, packages, clock)
                .archive(packages.make("茶叶旗舰店", "http://shop.example/item", "正品"), NewEvidence.InitialLinks.NONE);
    }

    private record Read(List<RegisterRow> rows, List<ChainMark> marks, RegisterReader reader) {}

    private Read read(Register register) throws IOException, MalformedRegisterException {
        KeptObject object =
                world.kept.find(KeptObjects.Kind.REGISTER, register.id()).orElseThrow();
        assertThat(object.sha256()).isEqualTo(register.sha256());
        assertThat(object.until()).isEqualTo(Instant.parse("2027-12-26T08:05:00Z"));
        try (RegisterReader reader = RegisterReader.open(new ByteArrayInputStream(world.kept.read(object)))) {
            List<RegisterRow> rows = new ArrayList<>();
            for (Optional<RegisterRow> row = reader.nextRow(); row.isPresent(); row = reader.nextRow()) {
                rows.add(row.get());
            }
            List<ChainMark> marks = new ArrayList<>();
            for (Optional<ChainMark> mark = reader.nextMark(); mark.isPresent(); mark = reader.nextMark()) {
                marks.add(mark.get());
            }
            return new Read(rows, marks, reader);
        }
    }

    @Test
    void aRegisterHasEveryRowAndTheChainAndIsLogged() throws Exception {
        UUID id = archive();
        Register first = world.make();
        Read read = read(first);
        assertThat(read.rows()).singleElement().satisfies(row -> {
            assertThat(row.id()).isEqualTo(id);
            assertThat(row.get(RegisterField.URL)).contains("http://shop.example/item");
            assertThat(row.get(RegisterField.ARCHIVED)).contains("2026-11-21T08:05:00Z");
            assertThat(row.get(RegisterField.CLASS)).contains("CLUE");
            assertThat(row.get(RegisterField.HELD)).contains("false");
            assertThat(row.get(RegisterField.DISPOSED)).isEmpty();
        });
        assertThat(read.reader().head().events()).isEqualTo(first.events());
        assertThat(read.marks()).singleElement().satisfies(mark -> {
            assertThat(mark.event()).isEqualTo(first.events());
            assertThat(mark.chain()).isEqualTo(read.reader().head().eventHash());
        });
        assertThat(database.jdbc()
                        .sql("select leaf from log_queue where kind = 'register'")
                        .query(String.class)
                        .list())
                .singleElement()
                .satisfies(leaf -> assertThat(leaf)
                        .contains(String.valueOf(first.sha256()), first.id().toString()));

        assertThat(read(world.make()).marks())
                .as("the last event of the one before is marked")
                .extracting(ChainMark::event)
                .contains(first.events());
        try (Stream<Path> left = Files.list(folder.resolve("work"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void oneWhoseServerDiedIsMadeByAnotherAndTheDeadComesTooLate() throws Exception {
        Register ordered = world.registers.order(TestRegisters.AUDITOR);
        UUID dead = UUID.randomUUID();
        assertThat(world.registers.claim(dead, RegisterRunner.ATTEMPTS)).isPresent();
        assertThat(world.runner.runOne()).as("its lease lasts").isFalse();
        clock.advance(Registers.LEASE.plusSeconds(1));
        assertThat(world.runner.runOne()).isTrue();
        assertThat(world.registers.get(ordered.id()).state()).isEqualTo(Register.State.DONE);
        assertThat(world.registers.progress(ordered.id(), dead, 1, 2)).isFalse();
    }

    @Test
    void oneThatFailsIsTriedAgainAndThenFailedWithItsReason() throws Exception {
        Register ordered = world.registers.order(TestRegisters.AUDITOR);
        Path objects = folder.resolve("objects");
        Files.move(objects, folder.resolve("away"));
        for (int attempt = 1; attempt <= RegisterRunner.ATTEMPTS; attempt++) {
            assertThat(world.runner.runOne()).isTrue();
            assertThat(world.runner.runOne()).as("not at once").isFalse();
            clock.advance(Duration.ofSeconds(31));
        }
        Register failed = world.registers.get(ordered.id());
        assertThat(failed.state()).isEqualTo(Register.State.FAILED);
        assertThat(failed.failure()).isNotBlank();
        assertThat(database.jdbc()
                        .sql("select count(*) from log_queue where kind = 'register'")
                        .query(Long.class)
                        .single())
                .isZero();
        Files.move(folder.resolve("away"), objects);
        assertThat(world.make().state()).isEqualTo(Register.State.DONE);
    }

    @Test
    void oneThatWasCancelledIsNotMadeAndTooManyAreRefused() {
        Register ordered = world.registers.order(TestRegisters.AUDITOR);
        UUID worker = UUID.randomUUID();
        assertThat(world.registers.claim(worker, RegisterRunner.ATTEMPTS)).isPresent();
        world.registers.cancel(ordered.id(), TestRegisters.AUDITOR);
        assertThat(world.registers.progress(ordered.id(), worker, 1, 2)).isFalse();
        assertThat(world.runner.runOne()).isFalse();
        assertThatThrownBy(() -> world.registers.cancel(ordered.id(), TestRegisters.AUDITOR))
                .isInstanceOfSatisfying(
                        Problem.class, refused -> assertThat(refused.code()).isEqualTo("register.ended"));

        for (int i = 0; i < 5; i++) {
            Register unused = world.registers.order(TestRegisters.AUDITOR);
        }
        assertThatThrownBy(() -> world.registers.order(TestRegisters.AUDITOR))
                .isInstanceOfSatisfying(
                        Problem.class, refused -> assertThat(refused.code()).isEqualTo("register.too-many"));
        world.registers.daily();
        assertThat(world.registers.list(Long.MAX_VALUE, 100))
                .as("one is on its way")
                .hasSize(6);
    }
}
