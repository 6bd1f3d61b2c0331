package org.tiezheng.archive.fixity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectVersion;

/** Every kind of damage, done to the files of a folder with other tools, is found. */
class FolderFixityTest {
    private static final Instant START = Instant.parse("2026-11-21T08:00:00Z");

    @TempDir
    private Path folder;

    private FixityWorld world;
    private FolderStore primary;
    private FolderStore custodian;
    private UUID evidence;

    @BeforeEach
    void archive() throws IOException {
        FixityWorld.MovableClock clock = FixityWorld.MovableClock.at(START);
        primary = FolderStore.create("objects", folder.resolve("objects"), clock);
        custodian = FolderStore.create("custodian", folder.resolve("custodian"), clock);
        world = new FixityWorld(folder, START, primary, custodian, clock);
        evidence = world.evidence("茶叶旗舰店", 100_000);
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

    private Path file(String store, String member) {
        return file(store, world.member(evidence, member).version());
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.delete(file);
        Files.write(file, bytes);
    }

    @Test
    void everythingIsReadInBothStoresAndNothingIsSaidToBeCheckedBefore() throws Exception {
        long objects = world.count("select count(distinct (key, version_id)) from evidence_object");
        assertThat(world.figures.now().copies()).isEqualTo(2 * objects);
        assertThat(world.figures.now().checked()).isZero();
        assertThat(world.figures.now().stores())
                .allSatisfy(store -> assertThat(store.neverChecked()).isEqualTo(objects));
        assertThat(world.figures.ofPackage(evidence).isAllGood()).isFalse();

        world.checkAll();

        FixityFigures.Now now = world.figures.recount();
        assertThat(now.checked()).isEqualTo(2 * objects);
        assertThat(now.stores()).allSatisfy(store -> {
            assertThat(store.good()).isEqualTo(objects);
            assertThat(store.neverChecked()).isZero();
        });
        assertThat(world.alarms()).isEmpty();
        assertThat(world.figures.ofPackage(evidence).isAllGood()).isTrue();
        assertThat(world.count("select count(*) from fixity_result where outcome = 'GOOD'"))
                .isEqualTo(2 * objects);
        assertThat(world.count("select sum(bytes) from fixity_day"))
                .isEqualTo(2 * world.count("select sum(size_bytes) from fixity_object"));
        assertThat(world.count("select count(*) from fixity_copy where version_id is null"))
                .isZero();
    }

    @Test
    void aFlippedBitIsFoundAndReadTwiceBeforeItIsSaid() throws Exception {
        EvidenceObject wacz = world.member(evidence, "wacz/capture.wacz");
        byte[] bytes = Files.readAllBytes(file("objects", wacz.version()));
        bytes[bytes.length / 2] ^= 1;
        write(file("objects", wacz.version()), bytes);

        world.checkAll();

        assertThat(world.alarms()).containsExactly("objects CHANGED[]");
        Damage damage = world.fixity.damages.open(1).get(0);
        assertThat(damage.foundSha256()).isNotEqualTo(wacz.sha256());
        assertThat(damage.goodStore()).isEqualTo("custodian");
        assertThat(damage.isEvidenceSafe()).isTrue();
        assertThat(world.database
                        .jdbc()
                        .sql("select bytes_read from fixity_result where outcome = 'CHANGED'")
                        .query(Long.class)
                        .list())
                .containsExactly(2 * wacz.sizeBytes());
        assertThat(world.audit.ofObject("evidence", evidence.toString()))
                .extracting(entry -> entry.event().action())
                .contains("evidence.copy-bad");

        // Seen again: the same damage, no second alarm.
        world.checkAll();
        assertThat(world.fixity.damages.open(10)).hasSize(1);
    }

    @Test
    void aTruncatedFileIsFound() throws Exception {
        Path file = file("custodian", "wacz/capture.wacz");
        byte[] bytes = Files.readAllBytes(file);
        write(file, java.util.Arrays.copyOf(bytes, bytes.length - 1));

        world.checkAll();

        assertThat(world.alarms()).containsExactly("custodian TRUNCATED[]");
    }

    @Test
    void aMissingFileIsFound() throws Exception {
        Files.delete(file("objects", "META-INF/signature001.p7s"));

        world.checkAll();

        assertThat(world.alarms()).containsExactly("objects MISSING[]");
    }

    @Test
    void aFileWithTheContentOfAnotherObjectIsFound() throws Exception {
        Path one = file("objects", "SHA256SUMS");
        byte[] other = Files.readAllBytes(file("objects", "wacz/capture.wacz"));
        write(one, other);

        world.checkAll();

        assertThat(world.alarms()).containsExactly("objects SWAPPED[]");
    }

    @Test
    void aLockThatWasShortenedOrRemovedIsFound() throws Exception {
        Path wacz = file("objects", "wacz/capture.wacz");
        Path record = wacz.resolveSibling(wacz.getFileName() + ".lock.json");
        String whole = Files.readString(record);
        String shorter = whole.replaceFirst("(?<=\"until\" ?: ?\")20[0-9]{2}", "2027");
        assertThat(shorter).isNotEqualTo(whole);
        write(record, shorter.getBytes(StandardCharsets.UTF_8));
        Path sums = file("custodian", "SHA256SUMS");
        Files.delete(sums.resolveSibling(sums.getFileName() + ".lock.json"));

        world.checkAll();

        assertThat(world.alarms()).containsExactly("custodian GOOD[ LOCK_UNKNOWN]", "objects GOOD[ LOCK_SHORTER]");
    }

    @Test
    void theCustodiansVersionIsKnownBeforeTheFirstCheck() {
        assertThat(world.count("select count(*) from fixity_copy")).isPositive();
        assertThat(world.count("select count(*) from fixity_copy where version_id is null"))
                .isZero();
        assertThat(world.count("select count(*) from fixity_copy where checked_at is not null"))
                .isZero();
    }

    @Test
    void aFileOfAnyNameIsFoundByTheListing() throws Exception {
        Path root = folder.resolve("objects");
        List<String> names = List.of(
                "loose.txt",
                "Другое/证据 副本.bin",
                ".hidden/key",
                "sha256/zz/aa/file",
                "sha256/ab/notes.txt",
                "other/prefix@" + "0".repeat(64),
                "line\nbreak");
        for (String name : names) {
            Path file = root.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "x");
            Files.setLastModifiedTime(file, FileTime.from(START.minus(Duration.ofDays(1))));
        }

        world.listAll();

        assertThat(world.fixity.listings.open(50))
                .extracting(Listings.Extra::store, Listings.Extra::key)
                .containsExactlyInAnyOrder(
                        tuple("objects", "loose.txt"),
                        tuple("objects", "Другое/证据 副本.bin"),
                        tuple("objects", ".hidden/key"),
                        tuple("objects", "sha256/zz/aa/file"),
                        tuple("objects", "sha256/ab/notes.txt"),
                        tuple("objects", "other/prefix"),
                        tuple("objects", "line\\u{a}break"));
        for (String name : names) {
            Files.delete(root.resolve(name));
        }
        world.clock.forward(Duration.ofMinutes(1));
        world.listAll();
        assertThat(world.fixity.listings.open(50)).isEmpty();
    }

    @Test
    void anObjectThatNobodyArchivedIsFoundAndCanBeAcknowledged() throws Exception {
        byte[] stranger = "of somebody else".getBytes(StandardCharsets.UTF_8);
        String sha256 = Digest.of(Digest.Algorithm.SHA256, stranger).hex();
        Path file = file("objects", new ObjectVersion(ObjectKeys.ofContent(sha256), sha256));
        Files.createDirectories(file.getParent());
        Files.write(file, stranger);
        Files.setLastModifiedTime(file, FileTime.from(START.minus(Duration.ofDays(1))));

        world.listAll();

        assertThat(world.fixity.listings.open(10)).singleElement().satisfies(extra -> {
            assertThat(extra.store()).isEqualTo("objects");
            assertThat(extra.key()).contains(sha256);
            assertThat(extra.covers()).isFalse();
        });
        assertThat(world.count("select count(*) from audit_event where action = 'store.extra-objects'"))
                .isEqualTo(1);
        world.listAll();
        assertThat(world.count("select count(*) from audit_event where action = 'store.extra-objects'"))
                .isEqualTo(1);

        long id = world.fixity.listings.open(1).get(0).id();
        assertThat(world.fixity.listings.acknowledge(id, "试验留下的文件", TestArchive.OFFICER))
                .isTrue();
        assertThat(world.fixity.listings.open(10)).isEmpty();
    }

    @Test
    void aListingThatLacksACopyHasItReadAtOnce() throws Exception {
        world.checkAll();
        Files.delete(file("objects", "wacz/capture.wacz"));

        world.listAll();

        assertThat(world.alarms()).containsExactly("objects MISSING[]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update evidence set sha256 = repeat('0', 64)",
                "update evidence set size_bytes = size_bytes + 1",
                "update evidence set captured_from = captured_from - interval '1 year'",
                "update evidence set target_url = 'http://other.example/'",
                "update evidence set title = '别的店'",
                "update evidence_object set sha256 = repeat('0', 64) where member = 'wacz/capture.wacz'",
                "update evidence_object set size_bytes = size_bytes - 1 where member = 'SHA256SUMS'",
                "update evidence_object a set key = b.key, version_id = b.version_id, sha256 = b.sha256 from evidence_object b"
                        + " where a.member = 'SHA256SUMS' and b.member = 'SM3SUMS'",
                "delete from evidence_object where member = 'SM3SUMS'",
                "update fixity_object set sha256 = repeat('0', 64) where size_bytes > 10000",
                "delete from fixity_copy where store_id = 'custodian' and object_id = (select min(object_id) from fixity_copy)",
                "delete from log_queue where kind is null or kind <> 'objects'"
            })
    void aChangedRowIsFound(String change) throws Exception {
        try (Connection connection = world.database.superuser().getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(change)).isPositive();
        }

        world.makeDue();
        world.server.background();

        assertThat(world.alarms()).containsExactly("catalogue CHANGED[]");
        assertThat(world.fixity.damages.open(1).get(0).evidenceId()).isEqualTo(evidence);
    }

    @Test
    void rowsThatAreAsTheyWereAreSaidToBeTheSame() throws Exception {
        world.checkAll();

        assertThat(world.database
                        .jdbc()
                        .sql("select outcome || compared::text || differences::text from fixity_package_result")
                        .query(String.class)
                        .list())
                .containsExactly("SAME{LOG_LEAF,LOG_OBJECTS,MANIFEST,CAPTURE}{}");
    }

    @Test
    void aDiskThatIsNotMountedIsNoDamage() throws Exception {
        Files.move(folder.resolve("custodian"), folder.resolve("elsewhere"));

        world.checkAll();

        assertThat(world.count("select count(*) from fixity_result where outcome <> 'GOOD'"))
                .isEqualTo(world.count("select count(*) from fixity_result where outcome = 'NO_ANSWER'"))
                .isPositive();
        assertThat(world.count("select count(*) from fixity_copy where claimed_by is not null"))
                .isZero();
        assertThat(world.alarms()).isEmpty();
        FixityFigures.StoreFigures silent = world.figures.recount().stores().get(1);
        assertThat(silent.store()).isEqualTo("custodian");
        assertThat(silent.checked()).isZero();
        assertThat(silent.neverChecked()).isEqualTo(silent.copies());
    }

    @Test
    void copiesComeDueOnceInAPeriodAndKeepTheirDayHoweverLateTheyWereRead() throws Exception {
        world.checkAll();
        java.util.List<Instant> before = due();
        world.clock.forward(Duration.ofDays(89));
        assertThat(world.server.turn("objects")).isFalse();
        world.clock.forward(Duration.ofDays(11));

        world.work(world.server);

        assertThat(due())
                .containsExactlyElementsOf(
                        before.stream().map(at -> at.plus(Duration.ofDays(90))).toList());
    }

    private java.util.List<Instant> due() {
        return world.database
                .jdbc()
                .sql("select due_at from fixity_copy order by object_id, store_id")
                .query((row, number) -> Damages.time(row, "due_at"))
                .list();
    }
}
