package org.tiezheng.archive.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceQuery;
import org.tiezheng.archive.jobs.CaptureContext;
import org.tiezheng.archive.jobs.Job;
import org.tiezheng.archive.jobs.JobState;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.log.LogEntries;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.StoredObject;

class IngestTest {
    private static final CaptureContext CONTEXT = new CaptureContext("线索7", null, "网络检查", "虚假宣传", "某某旗舰店", "某平台");

    @TempDir
    private Path folder;

    private IngestWorld world;
    private Path tea;

    @BeforeEach
    void begin() throws IOException {
        world = new IngestWorld(folder);
        tea = world.packages.make("龙井茶", "http://shop.example/item/42", "正品保证");
    }

    @AfterEach
    void end() throws IOException {
        world.close();
    }

    private Job lease(String url) {
        Job unused = world.jobs.submit(url, CONTEXT);
        return world.jobs.lease("a");
    }

    private byte[] exported(UUID evidence) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        world.export.write(evidence, out);
        return out.toByteArray();
    }

    private void assertArchivedOnce(Path file, UUID upload) throws IOException {
        Upload after = world.upload(upload);
        assertThat(after.state()).as(after.failure() + " " + after.reason()).isEqualTo(UploadState.ARCHIVED);
        UUID evidence = after.evidenceId();
        assertThat(evidence).isNotNull();
        assertThat(exported(evidence)).isEqualTo(Files.readAllBytes(file));
        assertThat(world.catalogue.search(EvidenceQuery.ALL, null, 10).items()).hasSize(1);
        assertThat(world.count("select count(*) from log_queue")).isEqualTo(2);
        assertThat(world.actions("evidence", evidence)).containsExactly("evidence.archived");
        assertThat(world.versions())
                .allSatisfy((key, versions) -> assertThat(versions).isEqualTo(1));
        assertThat(world.strayKeys()).isEmpty();
        assertThat(world.count("select count(*) from upload_object")).isZero();
        try (var files = Files.list(folder.resolve("data/archive/uploads"))) {
            assertThat(files).isEmpty();
        }
        assertThat(world.isChainIntact()).isTrue();
    }

    @Test
    void theResultOfAJobIsArchivedWithItsOfficersAndLinksAndTheJobIsDone() throws Exception {
        Job job = lease("http://shop.example/item/42");
        UUID upload = world.send(tea, job.id(), job.epoch(), IngestWorld.AGENT);
        world.work();
        assertArchivedOnce(tea, upload);
        Evidence evidence = world.catalogue.findByJob(job.id()).orElseThrow();
        assertThat(evidence.origin()).isEqualTo(Evidence.Origin.JOB);
        assertThat(evidence.officerIds()).containsExactly("officer-1", "officer-2");
        assertThat(evidence.clueNo()).isEqualTo("线索7");
        assertThat(evidence.factToProve()).isEqualTo("虚假宣传");
        assertThat(evidence.verdict()).isEqualTo(Verdict.VALID);
        // A clue that was not filed: four years and the rest of the day in Beijing.
        assertThat(evidence.retainUntil()).isEqualTo(Instant.parse("2030-11-21T16:00:00Z"));
        Job after = world.jobs.jobs().find(job.id()).orElseThrow();
        assertThat(after.state()).isEqualTo(JobState.DONE);
        assertThat(after.evidenceId()).isEqualTo(evidence.id());
        List<String> leaves = world.database
                .jdbc()
                .sql("select leaf from log_queue order by id")
                .query(String.class)
                .list();
        assertThat(leaves.get(0))
                .isEqualTo("{\"v\":1,\"id\":\"" + evidence.id() + "\",\"sha256\":\""
                        + evidence.sha256().hex()
                        + "\",\"sm3\":\"" + evidence.sm3().hex() + "\",\"size\":" + evidence.sizeBytes()
                        + ",\"t\":\"" + IngestWorld.SEALED + "\"}");
        LogEvent objects = (LogEvent) LogEntries.parse(leaves.get(1).getBytes(StandardCharsets.US_ASCII));
        assertThat(objects.kind()).isEqualTo(LogEvent.Kind.OBJECTS);
        assertThat(objects.until()).isEqualTo(evidence.retainUntil());
        assertThat(objects.members())
                .containsExactlyElementsOf(world.catalogue.objects(evidence.id()).stream()
                        .map(o -> new LogEvent.Member(o.member(), Digest.sha256(o.sha256()), o.sizeBytes()))
                        .toList());
    }

    /** Their names do not fit into one entry of the log: it has as many as it needs, in order. */
    @Test
    void aPackageOfNearlyAThousandMembersIsArchivedAndTheLogNamesThemAll() throws Exception {
        Path large = world.packages.withTrustFiles(tea, PackageReader.MAX_MEMBERS - 10);
        UUID upload = world.send(large, null, null, IngestWorld.PERSON);
        world.work();
        UUID id = evidenceOf(upload);
        assertThat(exported(id)).isEqualTo(Files.readAllBytes(large));
        List<LogEvent.Member> objects = world.catalogue.objects(id).stream()
                .map(o -> new LogEvent.Member(o.member(), Digest.sha256(o.sha256()), o.sizeBytes()))
                .toList();
        assertThat(objects).hasSize(PackageReader.MAX_MEMBERS);
        List<LogEvent.Member> named = new ArrayList<>();
        List<String> leaves = world.database
                .jdbc()
                .sql("select leaf from log_queue where kind = 'objects' and evidence_id = :id order by id")
                .param("id", id)
                .query(String.class)
                .list();
        for (String leaf : leaves) {
            LogEvent event = (LogEvent) LogEntries.parse(leaf.getBytes(StandardCharsets.US_ASCII));
            assertThat(event.part()).isEqualTo(new LogEvent.Part(leaves.indexOf(leaf) + 1, leaves.size()));
            named.addAll(event.members());
        }
        assertThat(leaves).hasSizeGreaterThan(1);
        assertThat(named).isEqualTo(objects);
    }

    @Test
    void aPackageThatWouldLeaveNoRoomForItsProofsIsKeptAside() throws Exception {
        Path large = world.packages.withTrustFiles(tea, PackageReader.MAX_MEMBERS - 9);
        UUID upload = world.send(large, null, null, IngestWorld.PERSON);
        world.work();
        assertThat(world.upload(upload).state()).isEqualTo(UploadState.QUARANTINED);
        assertThat(world.upload(upload).reason()).contains("more than " + PackageReader.MAX_MEMBERS + " members");
    }

    @Test
    void everyObjectIsLockedFromTheFirstByte() throws IOException {
        UUID upload = world.send(tea, null, null, IngestWorld.PERSON);
        world.work();
        Evidence evidence = world.catalogue.find(evidenceOf(upload)).orElseThrow();
        assertThat(world.catalogue.objects(evidence.id())).allSatisfy(object -> {
            StoredObject stored = world.store.head(object.version()).orElseThrow();
            assertThat(stored.retention()).isNotNull();
            assertThat(stored.retention().until()).isEqualTo(evidence.retainUntil());
            assertThatThrownBy(() -> world.store.delete(object.version())).isInstanceOf(IOException.class);
        });
    }

    private UUID evidenceOf(UUID upload) {
        UUID evidence = world.upload(upload).evidenceId();
        if (evidence == null) {
            throw new AssertionError(world.upload(upload).toString());
        }
        return evidence;
    }

    /** A sender that was killed while the database was down, and asks again beside its own first question. */
    @Test
    void thoseWhoAskAtOnceGetTheSameUpload() throws Exception {
        Job job = lease("http://shop.example/item/42");
        world.start();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<UUID>> asked = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                asked.add(threads.submit(() -> world.begin(tea, job.id(), job.epoch(), IngestWorld.AGENT)
                        .id()));
            }
            Set<UUID> ids = new HashSet<>();
            for (Future<UUID> one : asked) {
                ids.add(one.get(1, TimeUnit.MINUTES));
            }
            assertThat(ids).hasSize(1);
            assertThat(world.count("select count(*) from upload")).isOne();
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void aCrashAtAnyStepIsCompletedAtTheNextStart(Step crash) throws IOException {
        Job job = lease("http://shop.example/item/42");
        class Killed extends Error {
            private static final long serialVersionUID = 1;
        }
        Upload upload = world.begin(tea, job.id(), job.epoch(), IngestWorld.AGENT);
        world.start(step -> {
            if (step == crash) {
                throw new Killed();
            }
        });
        boolean killed = false;
        try {
            UUID same = world.send(tea, job.id(), job.epoch(), IngestWorld.AGENT);
            assertThat(same).isEqualTo(upload.id());
            world.work();
        } catch (Killed dead) {
            killed = true;
        }
        assertThat(killed).isEqualTo(crash != Step.MOVED); // a good package is moved nowhere
        world.start();
        if (crash == Step.BYTES_SYNCED) {
            // The sender asks for the offset and goes on from there.
            assertThat(world.upload(upload.id()).offset()).isZero();
            UUID same = world.send(tea, job.id(), job.epoch(), IngestWorld.AGENT);
            assertThat(same).isEqualTo(upload.id());
        }
        world.work();
        assertArchivedOnce(tea, upload.id());
        assertThat(world.jobs.jobs().find(job.id()).orElseThrow().state()).isEqualTo(JobState.DONE);
    }

    @Test
    void aCrashAfterEachSingleObjectIsCompleted() throws IOException {
        class Killed extends Error {
            private static final long serialVersionUID = 1;
        }
        UUID upload = world.send(tea, null, null, IngestWorld.PERSON);
        int crashes = 0;
        boolean again = true;
        while (again) {
            int[] puts = {0};
            world.start(step -> {
                // One object further each time: the first put of this life is lost, those of earlier ones are named.
                if (step == Step.OBJECT_NAMED && ++puts[0] == 1) {
                    throw new Killed();
                }
            });
            try {
                world.work();
                again = false;
            } catch (Killed dead) {
                crashes++;
            }
        }
        assertThat(crashes)
                .isEqualTo(world.catalogue.objects(evidenceOf(upload)).size());
        assertArchivedOnce(tea, upload);
    }

    @Test
    void anInvalidPackageGoesToQuarantineWithItsReportAndNeverIntoStoreOrCatalogue() throws IOException {
        Job job = lease("http://shop.example/item/42");
        Path bad = Path.of("../vectors/bad/M03_one-byte-changed/package.asice");
        UUID upload = world.send(bad, job.id(), job.epoch(), IngestWorld.AGENT);
        world.work();
        Upload after = world.upload(upload);
        assertThat(after.state()).isEqualTo(UploadState.QUARANTINED);
        assertThat(after.reasonCode()).isEqualTo("INVALID");
        assertThat(after.report()).contains("M03");
        assertThat(folder.resolve("data/archive/quarantine/" + upload + ".asice"))
                .hasSameBinaryContentAs(bad);
        assertThat(Files.readString(folder.resolve("data/archive/quarantine/" + upload + ".report.json")))
                .contains("M03");
        assertThat(world.versions()).isEmpty();
        assertThat(world.count("select count(*) from evidence")).isZero();
        assertThat(world.actions("upload", upload)).containsExactly("upload.begin", "upload.quarantined");
        Job failed = world.jobs.jobs().find(job.id()).orElseThrow();
        assertThat(failed.state()).isEqualTo(JobState.FAILED);
        assertThat(failed.failureCode()).isEqualTo("QUARANTINED");
    }

    @Test
    void aWrongSm3IsFoundWhileThePackageArrivesAndAfterARestartToo() throws IOException {
        Path pem = folder.resolve("vectors.pem");
        Files.copy(Path.of("../vectors/trust.pem"), pem);
        world.trusted = pem;
        Path bad = Path.of("../vectors/bad/M08_sm3sums/package.asice");
        for (boolean restart : new boolean[] {false, true}) {
            world.start();
            UUID upload = world.send(bad, null, null, restart ? IngestWorld.PERSON : IngestWorld.AGENT);
            if (restart) {
                world.start();
            }
            world.work();
            assertThat(world.upload(upload).state()).isEqualTo(UploadState.QUARANTINED);
            assertThat(world.upload(upload).reason()).contains("SM3");
        }
        assertThat(world.versions()).isEmpty();
    }

    @Test
    void sm3IsComputedOverManyPiecesBesideTheirArrivalAndTheFiguresSayWhatCameAndWhatBecameOfIt() throws IOException {
        Path file = world.packages.makeLarge("大", "http://shop.example/large", 5 << 20);
        Upload upload = world.begin(file, null, null, IngestWorld.PERSON);
        byte[] bytes = Files.readAllBytes(file);
        int piece = 700_001;
        for (int from = 0; from < bytes.length; from += piece) {
            long unused = world.uploads.append(
                    upload.id(),
                    from,
                    new ByteArrayInputStream(bytes, from, Math.min(piece, bytes.length - from)),
                    IngestWorld.PERSON);
        }
        Upload complete = world.uploads.complete(upload.id(), IngestWorld.PERSON);
        assertThat(complete.state()).isEqualTo(UploadState.VERIFYING);
        assertThat(figure("packages", "state", "verifying")).isEqualTo(1);
        world.work();
        // Had another SM3 come out, it would be in quarantine.
        assertThat(world.upload(upload.id()).state()).isEqualTo(UploadState.ARCHIVED);
        UUID bad = world.send(
                Path.of("../vectors/bad/M03_one-byte-changed/package.asice"), null, null, IngestWorld.PERSON);
        world.clock.forward(Duration.ofMinutes(1));
        world.work();

        assertThat(world.registry.get("tiezheng.ingest.received").counter().count())
                .isEqualTo(bytes.length + world.upload(bad).sizeBytes());
        assertThat(world.registry.get("tiezheng.ingest.stored").counter().count())
                .isEqualTo(bytes.length);
        assertThat(world.registry
                        .get("tiezheng.ingest.ended")
                        .tag("state", "archived")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(world.registry
                        .get("tiezheng.ingest.stage")
                        .tag("stage", "verify")
                        .timer()
                        .count())
                .isEqualTo(2);
        assertThat(world.registry
                        .get("tiezheng.ingest.stage")
                        .tag("stage", "store")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(figure("packages", "state", "verifying")).isZero();
        assertThat(figure("packages", "state", "quarantined")).isEqualTo(1);
    }

    private double figure(String name, String tag, String value) {
        return world.registry
                .get("tiezheng.ingest." + name)
                .tag(tag, value)
                .gauge()
                .value();
    }

    @Test
    void thePlacesForArrivingPackagesAreGivenBack() throws IOException {
        for (int i = 0; i < 2 * Uploads.ARRIVING; i++) {
            Path file = world.packages.make("店" + i, "http://shop.example/" + i, "x");
            UUID upload = world.send(file, null, null, IngestWorld.PERSON);
            world.work();
            assertThat(world.upload(upload).state()).isEqualTo(UploadState.ARCHIVED);
        }
        assertThat(world.uploads.freePlaces()).isEqualTo(Uploads.ARRIVING);
    }

    @Test
    void aCrashBetweenMovingAndWritingItDownIsCompleted() throws IOException {
        Path bad = Path.of("../vectors/bad/M03_one-byte-changed/package.asice");
        class Killed extends Error {
            private static final long serialVersionUID = 1;
        }
        world.start(step -> {
            if (step == Step.MOVED) {
                throw new Killed();
            }
        });
        UUID upload = world.send(bad, null, null, IngestWorld.PERSON);
        assertThatThrownBy(() -> world.work()).isInstanceOf(Killed.class);
        assertThat(world.upload(upload).state()).isEqualTo(UploadState.VERIFYING);
        world.start();
        world.work();
        assertThat(world.upload(upload).state()).isEqualTo(UploadState.QUARANTINED);
        assertThat(folder.resolve("data/archive/quarantine/" + upload + ".asice"))
                .hasSameBinaryContentAs(bad);
    }

    @Test
    void whatIsNoPackageIsQuarantinedToo() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "not a package");
        UUID upload = world.send(text, null, null, IngestWorld.PERSON);
        world.work();
        assertThat(world.upload(upload).state()).isEqualTo(UploadState.QUARANTINED);
    }

    @Test
    void aPackageOfAnUnknownSignerIsAcceptedAndLabelledOrQuarantinedAsTheSettingSays() throws IOException {
        Path stranger = new TestPackages(folder.resolve("stranger"), IngestWorld.SEALED)
                .make("别家", "http://shop.example/a", "文字");
        UUID upload = world.send(stranger, null, null, IngestWorld.PERSON);
        world.work();
        assertThat(world.upload(upload).state())
                .as(world.upload(upload).reason())
                .isEqualTo(UploadState.ARCHIVED);
        assertThat(world.catalogue.find(evidenceOf(upload)).orElseThrow().verdict())
                .isEqualTo(Verdict.INDETERMINATE);
    }

    @Test
    void aPackageInQuarantineIsArchivedAfterARootWasAddedAndItWasVerifiedAgain() throws IOException {
        IngestSettings strict = IngestWorld.with(IngestSettings.Indeterminate.QUARANTINE);
        Path right = world.trusted;
        world.trusted = folder.resolve("none.pem");
        world.start(Step.Watch.NONE, world.store, strict);
        UUID upload = world.send(tea, null, null, IngestWorld.PERSON);
        world.work();
        assertThat(world.upload(upload).state()).isEqualTo(UploadState.QUARANTINED);
        assertThat(world.upload(upload).reasonCode()).isEqualTo("INDETERMINATE");
        world.kept.verifyAgain(upload, "再核验", IngestWorld.PERSON);
        world.work();
        assertThat(world.upload(upload).state()).isEqualTo(UploadState.QUARANTINED);
        world.trusted = right;
        world.start(Step.Watch.NONE, world.store, strict);
        world.kept.verifyAgain(upload, "加了根证书", IngestWorld.PERSON);
        world.work();
        assertArchivedOnce(tea, upload);
        assertThat(world.actions("upload", upload))
                .containsExactly(
                        "upload.begin",
                        "upload.quarantined",
                        "upload.verify-again",
                        "upload.quarantined",
                        "upload.verify-again");
    }

    @Test
    void aPackageWhoseStampsCannotBeCheckedAnyMoreIsQuarantined() throws IOException {
        world.clock.forward(Duration.ofHours(3)); // the time the vectors are made for
        for (String vector : new String[] {"T07_no-crl", "T09_expired", "S04_stranger"}) {
            Path pem = folder.resolve(vector + ".pem");
            Files.copy(Path.of("../vectors/trust.pem"), pem);
            world.trusted = pem;
            world.start();
            UUID upload =
                    world.send(Path.of("../vectors/bad/" + vector + "/package.asice"), null, null, IngestWorld.PERSON);
            world.work();
            // Only who signed is open in the last.
            assertThat(world.upload(upload).state())
                    .as(vector)
                    .isEqualTo(vector.startsWith("S04") ? UploadState.ARCHIVED : UploadState.QUARANTINED);
        }
    }

    @Test
    void aLateResultBecomesAnOrphanAndCanBeAdoptedOrDiscardedWithAReason() throws IOException {
        Job first = lease("http://shop.example/item/42");
        world.clock.forward(Duration.ofMinutes(5));
        assertThat(world.jobs.jobs().takeBackLost()).isEqualTo(1);
        world.clock.forward(Duration.ofMinutes(5));
        Job second = world.jobs.lease("b");
        assertThat(second.id()).isEqualTo(first.id());

        UUID late = world.send(tea, first.id(), first.epoch(), IngestWorld.AGENT);
        world.work();
        Upload orphan = world.upload(late);
        assertThat(orphan.state()).isEqualTo(UploadState.ORPHANED);
        assertThat(orphan.reasonCode()).isEqualTo("STALE_LEASE");
        assertThat(orphan.verdict()).isEqualTo("VALID");
        assertThat(world.versions()).isEmpty();
        assertThat(world.kept.list(UploadState.ORPHANED, null, null, 10))
                .extracting(Upload::id)
                .containsExactly(late);
        assertThat(world.jobs.jobs().find(first.id()).orElseThrow().state()).isEqualTo(JobState.LEASED);

        assertThatThrownBy(() -> world.kept.adopt(late, "  ", IngestWorld.PERSON))
                .isInstanceOf(IngestRefused.class);
        world.kept.adopt(late, "内容完整,保留", IngestWorld.PERSON);
        world.work();
        Evidence evidence = world.catalogue.find(evidenceOf(late)).orElseThrow();
        assertThat(evidence.origin()).isEqualTo(Evidence.Origin.ORPHAN);
        assertThat(evidence.jobId()).isNull();
        assertThat(evidence.officerIds()).containsExactly("officer-1", "officer-2");
        assertThat(exported(evidence.id())).isEqualTo(Files.readAllBytes(tea));

        Path other = world.packages.make("第二次", "http://shop.example/item/42", "x");
        UUID discarded = world.send(other, first.id(), first.epoch(), IngestWorld.AGENT);
        world.work();
        world.kept.discard(discarded, UploadState.ORPHANED, "重复", IngestWorld.PERSON);
        assertThat(world.upload(discarded).state()).isEqualTo(UploadState.DISCARDED);
        assertThat(world.actions("upload", discarded)).contains("upload.discarded");
        assertThat(world.count(
                        "select count(*) from log_queue where kind = 'discard' and leaf like '%" + discarded + "%'"))
                .isEqualTo(1);
        assertThatThrownBy(() -> world.kept.adopt(discarded, "x", IngestWorld.PERSON))
                .isInstanceOf(IngestRefused.class);
        try (var files = Files.list(folder.resolve("data/archive/orphans"))) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aLeaseThatIsLostWhileObjectsAreStoredMakesAnOrphanAndItsObjectsAreListed() throws IOException {
        Job first = lease("http://shop.example/item/42");
        UUID upload = world.send(tea, first.id(), first.epoch(), IngestWorld.AGENT);
        world.start(step -> {
            if (step == Step.OBJECTS_COMPLETE) {
                world.clock.forward(Duration.ofMinutes(5));
                int unused = world.jobs.jobs().takeBackLost();
            }
        });
        world.work();
        assertThat(world.upload(upload).state()).isEqualTo(UploadState.ORPHANED);
        assertThat(world.count("select count(*) from evidence")).isZero();
        assertThat(world.strayKeys()).isEmpty(); // the orphan still names them
        world.kept.discard(upload, UploadState.ORPHANED, "不要", IngestWorld.PERSON);
        assertThat(world.strayKeys()).hasSize(world.versions().size()).isNotEmpty();
    }

    @Test
    void theSamePackageAgainIsRecognised() throws IOException {
        UUID first = world.send(tea, null, null, IngestWorld.PERSON);
        world.work();
        UUID evidence = evidenceOf(first);
        Uploads.Begun same = world.uploads.begin(
                null,
                null,
                "b.asice",
                Files.size(tea),
                TestPackages.sha256(tea),
                UploadContext.NONE,
                IngestWorld.PERSON);
        assertThat(same.evidenceId()).isEqualTo(evidence);
        // By an agent, for a job: the bytes come, are found to be known, and the job is done.
        Job job = lease("http://shop.example/item/42");
        UUID again = world.send(tea, job.id(), job.epoch(), IngestWorld.AGENT);
        world.work();
        assertThat(evidenceOf(again)).isEqualTo(evidence);
        assertThat(world.upload(again).reasonCode()).isEqualTo("DUPLICATE");
        assertThat(world.jobs.jobs().find(job.id()).orElseThrow().evidenceId()).isEqualTo(evidence);
        assertThat(world.count("select count(*) from evidence")).isEqualTo(1);
        assertThat(world.count("select count(*) from log_queue")).isEqualTo(2);
    }

    @Test
    void anotherCaptureUnderAKnownIdIsQuarantined() throws IOException {
        UUID id = UUID.randomUUID();
        Path one = world.packages.make(id, "甲", "http://shop.example/1", "x", java.util.Map.of());
        Path other = world.packages.make(id, "乙", "http://shop.example/2", "x", java.util.Map.of());
        UUID first = world.send(one, null, null, IngestWorld.PERSON);
        UUID second = world.send(other, null, null, IngestWorld.PERSON);
        world.work();
        // Both arrived at the same moment; which is first is chance.
        UUID late = world.upload(first).state() == UploadState.ARCHIVED ? second : first;
        assertThat(world.upload(late.equals(first) ? second : first).state()).isEqualTo(UploadState.ARCHIVED);
        assertThat(world.upload(late).state()).isEqualTo(UploadState.QUARANTINED);
        assertThat(world.upload(late).reasonCode()).isEqualTo("ID_TAKEN");
    }

    @Test
    void aBrokenConnectionLosesNothingThatWasAcknowledged() throws IOException {
        byte[] bytes = Files.readAllBytes(tea);
        Upload upload = world.begin(tea, null, null, IngestWorld.PERSON);
        InputStream breaks = new FilterInputStream(new ByteArrayInputStream(bytes)) {
            private int left = 10_000;

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (left == 0) {
                    throw new IOException("connection reset");
                }
                int read = super.read(buffer, offset, Math.min(length, left));
                left -= read;
                return read;
            }
        };
        assertThatThrownBy(() -> world.uploads.append(upload.id(), 0, breaks, IngestWorld.PERSON))
                .isInstanceOf(IOException.class);
        assertThat(world.upload(upload.id()).offset()).isEqualTo(10_000);
        assertThatThrownBy(() -> world.uploads.complete(upload.id(), IngestWorld.PERSON))
                .isInstanceOfSatisfying(
                        IngestRefused.class,
                        refused -> assertThat(refused.offset()).isEqualTo(10_000));
        assertThatThrownBy(
                        () -> world.uploads.append(upload.id(), 0, new ByteArrayInputStream(bytes), IngestWorld.PERSON))
                .isInstanceOfSatisfying(
                        IngestRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo(IngestRefused.Code.WRONG_OFFSET));
        world.start();
        long offset = world.uploads.append(
                upload.id(),
                10_000,
                new ByteArrayInputStream(Arrays.copyOfRange(bytes, 10_000, bytes.length)),
                IngestWorld.PERSON);
        assertThat(offset).isEqualTo(bytes.length);
        Upload unused = world.uploads.complete(upload.id(), IngestWorld.PERSON);
        world.work();
        assertArchivedOnce(tea, upload.id());
    }

    @Test
    void bytesThatAreNotTheAnnouncedOnesAreRejectedAndCanBeSentAnew() throws IOException {
        byte[] bytes = Files.readAllBytes(tea);
        Upload upload = world.begin(tea, null, null, IngestWorld.PERSON);
        byte[] wrong = bytes.clone();
        wrong[500] ^= 1;
        long unused = world.uploads.append(upload.id(), 0, new ByteArrayInputStream(wrong), IngestWorld.PERSON);
        Upload ignored = world.uploads.complete(upload.id(), IngestWorld.PERSON);
        world.work();
        assertThat(world.upload(upload.id()).state()).isEqualTo(UploadState.REJECTED);
        assertThat(world.upload(upload.id()).reasonCode()).isEqualTo("NOT_ANNOUNCED");
        UUID again = world.send(tea, null, null, IngestWorld.PERSON);
        assertThat(again).isNotEqualTo(upload.id());
        world.work();
        assertArchivedOnce(tea, again);
    }

    @Test
    void nobodyElseCanTouchAnUploadAndNoMoreBytesThanAnnouncedAreTaken() throws IOException {
        Upload upload = world.begin(tea, null, null, IngestWorld.PERSON);
        assertThat(world.uploads.find(upload.id(), IngestWorld.AGENT)).isEmpty();
        assertThatThrownBy(() ->
                        world.uploads.append(upload.id(), 0, new ByteArrayInputStream(new byte[1]), IngestWorld.AGENT))
                .isInstanceOf(IngestRefused.class);
        byte[] more = Arrays.copyOf(Files.readAllBytes(tea), (int) Files.size(tea) + 1);
        assertThatThrownBy(
                        () -> world.uploads.append(upload.id(), 0, new ByteArrayInputStream(more), IngestWorld.PERSON))
                .isInstanceOfSatisfying(
                        IngestRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo(IngestRefused.Code.TOO_MANY_BYTES));
    }

    @Test
    void aStoreThatIsDownIsTriedAgainAndNothingIsLostOrDoubled() throws IOException {
        ObjectStore[] failing = {null};
        int[] calls = {0};
        // Once before anything is stored, once with the answer lost.
        failing[0] = new Interposed(world.store, call -> {
            calls[0]++;
            if (calls[0] == 3 || calls[0] == 8) {
                throw new java.io.UncheckedIOException(new IOException("store is down"));
            }
        });
        world.start(Step.Watch.NONE, failing[0], IngestSettings.defaults());
        UUID upload = world.send(tea, null, null, IngestWorld.PERSON);
        world.work();
        Upload waiting = world.upload(upload);
        assertThat(waiting.state()).isEqualTo(UploadState.STORING);
        assertThat(waiting.failure()).contains("store is down");
        assertThat(world.ingest.due()).isEmpty();
        world.clock.forward(Duration.ofMinutes(10));
        world.work();
        world.clock.forward(Duration.ofMinutes(10));
        world.work();
        assertArchivedOnce(tea, upload);
    }

    @Test
    void idleUploadsAreGivenUp() throws IOException {
        Upload upload = world.begin(tea, null, null, IngestWorld.PERSON);
        world.clock.forward(Duration.ofHours(49));
        world.ingest.housekeeping();
        assertThat(world.upload(upload.id()).state()).isEqualTo(UploadState.REJECTED);
        assertThat(world.upload(upload.id()).reasonCode()).isEqualTo("ABANDONED");
        Ingest.Recovery recovery = world.ingest.recover();
        assertThat(recovery.filesDeleted()).isEqualTo(1);
    }

    @Test
    void limitsAreKept() throws IOException {
        assertThatThrownBy(() -> world.uploads.begin(
                        null, null, "a", 17_000_000_000_000L, "0".repeat(64), UploadContext.NONE, IngestWorld.PERSON))
                .isInstanceOfSatisfying(
                        IngestRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo(IngestRefused.Code.TOO_LARGE));
        for (String sha256 : new String[] {"", "x", "A".repeat(64)}) {
            assertThatThrownBy(() ->
                            world.uploads.begin(null, null, "a", 1, sha256, UploadContext.NONE, IngestWorld.PERSON))
                    .isInstanceOf(IngestRefused.class);
        }
        Optional<UploadState> none = world.ingest.process(UUID.randomUUID());
        assertThat(none).isEmpty();
    }

    /** A real store behind a door that a test can shut: before a put, and after it. */
    private record Interposed(ObjectStore store, Consumer<String> door) implements ObjectStore {
        @Override
        public StoredObject put(PutRequest request, InputStream content) throws IOException {
            try {
                door.accept("before " + request.key());
                StoredObject stored = store.put(request, content);
                door.accept("after " + request.key());
                return stored;
            } catch (java.io.UncheckedIOException shut) {
                throw shut.getCause();
            }
        }

        @Override
        public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
            return store.get(version, offset, length);
        }

        @Override
        public Optional<StoredObject> head(ObjectVersion version) throws IOException {
            return store.head(version);
        }

        @Override
        public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
            store.list(prefix, consumer);
        }

        @Override
        public void extendRetention(ObjectVersion version, java.time.Instant until) throws IOException {
            store.extendRetention(version, until);
        }

        @Override
        public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
            store.setLegalHold(version, on);
        }

        @Override
        public void delete(ObjectVersion version) throws IOException {
            store.delete(version);
        }

        @Override
        public StoreDescription describe() {
            return store.describe();
        }
    }
}
