package org.tiezheng.archive.fixity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.evidence.Digest;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectLockedException;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3Store;
import org.tiezheng.storage.S3TestServer;

/**
 * The same on a real server with Object Lock. What its lock refuses is not possible with its own keys; what an administrator of its machine
 * can do is done to the files on its disk.
 */
class S3FixityTest {
    private static final Actor ARCHIVIST = new Actor("archivist-1", "档案人员甲", "ARCHIVIST", null, "127.0.0.1", "s1");
    private static final Actor LEADER = new Actor("leader-1", "负责人甲", "RESPONSIBLE_LEADER", null, "127.0.0.1", "s2");

    @TempDir
    private static Path folder;

    private static S3Settings settings;
    private static S3Store primary;
    private static S3Store custodian;
    private static FixityWorld world;

    private UUID evidence;
    private EvidenceObject wacz;

    @BeforeAll
    static void begin() throws IOException {
        settings = S3TestServer.shared().newBucket("objects");
        primary = new S3Store(settings, Clock.systemUTC());
        primary.requireLockedBucket(true);
        custodian = S3TestServer.shared().newStore("custodian");
        FixityWorld.MovableClock clock = new FixityWorld.MovableClock(Clock.systemUTC());
        world = new FixityWorld(folder, clock.instant(), primary, custodian, clock);
    }

    @AfterAll
    static void end() throws IOException {
        if (world != null) {
            world.close();
            primary.close();
            custodian.close();
        }
    }

    @BeforeEach
    void archive() {
        evidence = world.evidence("网店 " + UUID.randomUUID(), 300_000);
        wacz = world.member(evidence, "wacz/capture.wacz");
    }

    /** The folder MinIO keeps an object in: xl.meta, and a folder with part.1. */
    private static Path onDisk(EvidenceObject object) {
        Path files = S3TestServer.shared().files().orElse(null);
        Assumptions.assumeTrue(files != null, "the server's files are not on this machine");
        return files.resolve(settings.bucket()).resolve(object.version().key());
    }

    private static Path part(EvidenceObject object) throws IOException {
        try (Stream<Path> files = Files.walk(onDisk(object))) {
            return files.filter(file -> file.getFileName().toString().equals("part.1"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static MinioClient client() {
        return MinioClient.builder()
                .endpoint(settings.endpoint().toString())
                .region(settings.region())
                .credentials(
                        settings.credentials().accessKey(),
                        settings.credentials().secretKey())
                .build();
    }

    /** Open damages of this test's package. */
    private List<Damage> damages() {
        return world.fixity.damages.openOf(evidence);
    }

    private void repairEverything() throws InterruptedException {
        for (Damage damage : damages()) {
            UUID repair =
                    world.fixity.repairs.propose(damage.id(), "副本损坏", ARCHIVIST).orElseThrow();
            assertThat(world.fixity.repairs.decide(repair, true, "同意修复", LEADER))
                    .isEqualTo(Repairs.Decision.DONE);
        }
        world.work(world.server);
    }

    private void isWholeAgain() throws InterruptedException {
        world.checkAll();
        assertThat(damages()).isEmpty();
        assertThat(world.figures.ofPackage(evidence).isAllGood()).isTrue();
    }

    @Test
    void everythingIsReadInBothBuckets() throws Exception {
        world.checkAll();

        assertThat(damages()).isEmpty();
        assertThat(world.figures.ofPackage(evidence).isAllGood()).isTrue();
    }

    @Test
    void aBitThatFlipsOnTheDiskIsFoundAndRepairedAsANewVersion() throws Exception {
        Path part = part(wacz);
        byte[] bytes = Files.readAllBytes(part);
        bytes[bytes.length / 2] ^= 1;
        Files.write(part, bytes);

        world.checkAll();

        assertThat(damages()).singleElement().satisfies(damage -> {
            assertThat(damage.outcome().isBad()).isTrue();
            assertThat(damage.storeId()).isEqualTo("objects");
            assertThat(damage.goodStore()).isEqualTo("custodian");
        });
        repairEverything();
        EvidenceObject now = world.member(evidence, "wacz/capture.wacz");
        assertThat(now.version()).isNotEqualTo(wacz.version());
        assertThat(primary.head(now.version()).orElseThrow().isLockedAt(world.clock.instant()))
                .isTrue();
        // The damaged version stays, locked.
        assertThat(primary.head(wacz.version()).orElseThrow().isLockedAt(world.clock.instant()))
                .isTrue();
        assertThatThrownBy(() -> primary.delete(wacz.version())).isInstanceOf(ObjectLockedException.class);
        isWholeAgain();
    }

    @Test
    void aTruncatedFileOnTheDiskIsFound() throws Exception {
        Path part = part(wacz);
        byte[] bytes = Files.readAllBytes(part);
        Files.write(part, java.util.Arrays.copyOf(bytes, bytes.length / 2));

        world.checkAll();

        assertThat(damages())
                .singleElement()
                .satisfies(damage -> assertThat(damage.outcome().isBad()).isTrue());
        repairEverything();
        isWholeAgain();
    }

    @Test
    void anObjectWhoseFilesAreGoneIsMissingAndIsPutAgain() throws Exception {
        delete(onDisk(wacz));

        world.checkAll();

        assertThat(damages())
                .singleElement()
                .satisfies(damage -> assertThat(damage.outcome()).isEqualTo(FixityOutcome.MISSING));
        repairEverything();
        isWholeAgain();
    }

    @Test
    void twoObjectsWhoseFilesAreExchangedAreBothFound() throws Exception {
        UUID other = world.evidence("别的网店", 310_000);
        EvidenceObject otherWacz = world.member(other, "wacz/capture.wacz");
        Path one = onDisk(wacz);
        Path two = onDisk(otherWacz);
        Path aside = one.resolveSibling("aside");
        Files.move(one, aside);
        Files.move(two, one);
        Files.move(aside, two);

        world.checkAll();

        assertThat(damages())
                .singleElement()
                .satisfies(damage -> assertThat(damage.outcome().isBad()).isTrue());
        assertThat(world.fixity.damages.openOf(other))
                .singleElement()
                .satisfies(damage -> assertThat(damage.outcome().isBad()).isTrue());
        repairEverything();
        isWholeAgain();
    }

    @Test
    void whoeverHasTheKeysCanCoverAnObjectAndIsFound() throws Exception {
        assertThatThrownBy(() -> primary.delete(wacz.version())).isInstanceOf(ObjectLockedException.class);
        byte[] other = "other bytes".getBytes(StandardCharsets.UTF_8);
        EvidenceObject sums = world.member(evidence, "SHA256SUMS");
        try (MinioClient client = client()) {
            client.removeObject(RemoveObjectArgs.builder()
                    .bucket(settings.bucket())
                    .object(wacz.version().key())
                    .build());
            client.putObject(PutObjectArgs.builder()
                    .bucket(settings.bucket())
                    .object(sums.version().key())
                    .stream(new ByteArrayInputStream(other), (long) other.length, -1L)
                    .build());
        }

        world.checkAll();

        assertThat(damages())
                .allSatisfy(damage -> {
                    assertThat(damage.outcome()).isEqualTo(FixityOutcome.GOOD);
                    assertThat(damage.isEvidenceSafe()).isTrue();
                })
                .flatExtracting(Damage::remarks)
                .containsExactlyInAnyOrder(Remark.DELETE_MARKER, Remark.NEWER_VERSION);
        // The listing names both; a person who knows what they are ends the alarm.
        world.clock.forward(Duration.ofHours(2));
        world.listAll();
        List<Listings.Extra> extras = world.fixity.listings.open(50).stream()
                .filter(extra -> extra.key().equals(wacz.version().key())
                        || extra.key().equals(sums.version().key()))
                .toList();
        assertThat(extras)
                .hasSize(2)
                .allSatisfy(extra -> assertThat(extra.covers()).isTrue());
        extras.forEach(extra -> assertThat(world.fixity.listings.acknowledge(extra.id(), "试验", ARCHIVIST))
                .isTrue());
        isWholeAgain();
    }

    @Test
    void anObjectOfSomebodyElseIsFoundByTheListing() throws Exception {
        byte[] stranger = ("of somebody else " + UUID.randomUUID()).getBytes(StandardCharsets.UTF_8);
        String key = ObjectKeys.ofContent(
                Digest.of(Digest.Algorithm.SHA256, stranger).hex());
        try (MinioClient client = client()) {
            client.putObject(PutObjectArgs.builder().bucket(settings.bucket()).object(key).stream(
                            new ByteArrayInputStream(stranger), (long) stranger.length, -1L)
                    .build());
        }
        world.clock.forward(Duration.ofHours(2));

        world.listAll();

        assertThat(world.fixity.listings.open(50))
                .filteredOn(extra -> extra.key().equals(key))
                .singleElement()
                .satisfies(extra -> assertThat(extra.covers()).isFalse());
    }

    @Test
    void anObjectUnderAnyOtherKeyIsFoundByTheListing() throws Exception {
        String run = UUID.randomUUID().toString();
        List<String> keys = List.of(
                "A-first/" + run,
                "loose-" + run,
                "sha256/" + run,
                "sha256/ab/" + run + " 副本",
                "sha256/zz/" + run,
                "zz/" + run);
        try (MinioClient client = client()) {
            for (String key : keys) {
                byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
                client.putObject(PutObjectArgs.builder().bucket(settings.bucket()).object(key).stream(
                                new ByteArrayInputStream(bytes), (long) bytes.length, -1L)
                        .build());
            }
        }
        world.clock.forward(Duration.ofHours(2));

        world.listAll();

        assertThat(world.fixity.listings.open(500))
                .extracting(Listings.Extra::key)
                .filteredOn(key -> key.contains(run))
                .containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void aLockShorterThanTheCatalogueSaysIsFound() throws Exception {
        retain("+");

        world.checkAll();

        // What others share is locked by none of them that long either.
        assertThat(damages())
                .isNotEmpty()
                .allSatisfy(damage -> assertThat(damage.remarks()).containsExactly(Remark.LOCK_SHORTER));
        retain("-");
        isWholeAgain();
    }

    private void retain(String sign) throws Exception {
        try (Connection connection = world.database.superuser().getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("update evidence set retain_until = retain_until " + sign
                            + " interval '1 year' where id = '" + evidence + "'"))
                    .isEqualTo(1);
        }
    }
}
