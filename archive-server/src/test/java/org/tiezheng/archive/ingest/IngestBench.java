package org.tiezheng.archive.ingest;

import io.minio.MinioClient;
import io.minio.UploadObjectArgs;
import io.minio.messages.RetentionMode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CatalogueWriter;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.jobs.TestJobs;
import org.tiezheng.archive.retention.TestRetention;
import org.tiezheng.archive.settings.ArchiveFolder;
import org.tiezheng.evidence.DigestingOutputStream;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.S3Settings;
import org.tiezheng.storage.S3TestServer;

/**
 * Ingest of large packages against a raw put of the same file by the client to the same server: {@code bench/run ingest}.
 *
 * <p>Arguments: {@code s3} or {@code folder}, megabytes of a package, runs, work folder, whether SM3 is compared. The real services, without HTTP: bytes
 * come in pieces of 4 MB as from an agent, each synced; then digest, verification, objects, catalogue.
 */
public final class IngestBench {
    private static final Actor PERSON = new Actor("officer-1", "执法人员甲", "INSPECTOR", null, null, "s");
    private static final int PIECE = 4 << 20;

    private IngestBench() {}

    public static void main(String[] arguments) throws Exception {
        boolean s3 = arguments[0].equals("s3");
        long bytes = Long.parseLong(arguments[1]) << 20;
        int runs = Integer.parseInt(arguments[2]);
        Path work = Files.createDirectories(Path.of(arguments[3]));
        Clock clock = Clock.systemUTC();
        TestDatabase database = TestDatabase.create();
        AuditLog audit = new AuditLog(database.jdbc(), clock);
        TestPackages packages =
                new TestPackages(work.resolve("packages"), clock.instant().truncatedTo(ChronoUnit.SECONDS));
        Path root = work.resolve("root.pem");
        packages.writeRoot(root);
        S3TestServer server = s3 ? S3TestServer.shared() : null;
        ObjectStore store = server == null
                ? FolderStore.create("objects", work.resolve("objects"), clock)
                : server.newStore("objects");
        EvidenceCatalogue catalogue = new EvidenceCatalogue(database.jdbc());
        IngestSettings settings = settings(arguments.length < 5 || Boolean.parseBoolean(arguments[4]));
        IngestFolders folders = new IngestFolders(
                ArchiveFolder.open(work.resolve("data")), java.util.concurrent.Executors.newSingleThreadExecutor());
        UploadTable table = new UploadTable(database.jdbc());
        IngestMetrics metrics =
                new IngestMetrics(new io.micrometer.core.instrument.simple.SimpleMeterRegistry(), table, clock);
        Uploads uploads = new Uploads(
                table, folders, catalogue, database.transactions(), audit, settings, clock, Step.Watch.NONE, metrics);
        List<long[]> marks = new ArrayList<>();
        Ingest ingest = new Ingest(
                table,
                uploads,
                folders,
                new PackageObjects(store, PackageObjects.Gate.OPEN),
                catalogue,
                new CatalogueWriter(database.jdbc()),
                new CaptureJobs(new TestJobs(database, clock).jobs()),
                new Trust(List.of(), root),
                database.transactions(),
                audit,
                settings,
                TestRetention.retentions(database, clock),
                clock,
                step -> {
                    if (step == Step.STORING || step == Step.OBJECTS_COMPLETE) {
                        marks.add(new long[] {step.ordinal(), System.nanoTime()});
                    }
                },
                metrics);
        System.out.println("store      " + (server == null ? "folder" : server.name()));
        double best = 0;
        for (int run = 1; run <= runs; run++) {
            Path file = packages.makeLarge("大", "http://shop.example/" + run, bytes);
            long size = Files.size(file);
            String sha256 = TestPackages.sha256(file);
            double raw = server == null ? rawFolder(file, work) : rawPut(server, file);
            marks.clear();
            long begin = System.nanoTime();
            Upload upload = Objects.requireNonNull(
                    uploads.begin(null, null, "a.asice", size, sha256, UploadContext.NONE, PERSON)
                            .upload());
            receive(uploads, upload.id(), file);
            long received = System.nanoTime();
            Upload unused = uploads.complete(upload.id(), PERSON);
            var state = ingest.process(upload.id());
            long end = System.nanoTime();
            if (state.orElseThrow() != UploadState.ARCHIVED) {
                throw new IllegalStateException(String.valueOf(table.find(upload.id())));
            }
            double whole = speed(size, end - begin);
            best = Math.max(best, whole / raw);
            System.out.printf(
                    Locale.ROOT,
                    "run %d      %,d bytes   raw put %6.1f MB/s   ingest %6.1f MB/s   ratio %.2f   (receive %.1f, verify %.1f,"
                            + " store %.1f, archive %.1f MB/s)%n",
                    run,
                    size,
                    raw,
                    whole,
                    whole / raw,
                    speed(size, received - begin),
                    speed(size, marks.get(0)[1] - received),
                    speed(size, marks.get(1)[1] - marks.get(0)[1]),
                    speed(size, end - marks.get(1)[1]));
            UUID evidence =
                    Objects.requireNonNull(table.find(upload.id()).orElseThrow().evidenceId());
            try (DigestingOutputStream digesting = new DigestingOutputStream(java.io.OutputStream.nullOutputStream())) {
                long exportBegin = System.nanoTime();
                new EvidenceExport(catalogue, store).write(evidence, digesting);
                String back = digesting.digests().sha256().hex();
                if (!back.equals(sha256)) {
                    throw new IllegalStateException("not the same bytes");
                }
                System.out.printf(
                        Locale.ROOT,
                        "           given out again byte for byte, %.1f MB/s%n",
                        speed(size, System.nanoTime() - exportBegin));
            }
            Files.delete(file);
        }
        long peak = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        System.out.printf(
                Locale.ROOT,
                "heap       at most %d MB of %d MB%n",
                peak >> 20,
                Runtime.getRuntime().maxMemory() >> 20);
        System.out.printf(Locale.ROOT, "best ratio %.2f (goal 0.7)%n", best);
        System.exit(0);
    }

    private static IngestSettings settings(boolean checkSm3) {
        System.out.println("SM3        " + (checkSm3 ? "compared" : "not compared"));
        IngestSettings d = IngestSettings.defaults();
        return new IngestSettings(
                d.trustAnchors(),
                d.indeterminate(),
                checkSm3,
                d.deep(),
                d.retention(),
                d.retentionMode(),
                d.maxPackage(),
                d.maxOpenUploads(),
                d.keepFree(),
                d.idleUploads(),
                d.workers(),
                d.retryFirst(),
                d.retryMost());
    }

    private static double speed(long bytes, long nanos) {
        return bytes / 1e6 / (nanos / 1e9);
    }

    private static void receive(Uploads uploads, UUID id, Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            long offset = 0;
            for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
                offset = uploads.append(id, offset, new ByteArrayInputStream(piece), PERSON);
            }
        }
    }

    /** The client's own upload of the whole file, locked as ours, in its parts. */
    private static double rawPut(S3TestServer server, Path file) throws Exception {
        S3Settings bucket = server.newBucket("raw");
        try (var store = new org.tiezheng.storage.S3Store(bucket, Clock.systemUTC())) {
            store.requireLockedBucket(true);
        }
        try (MinioClient client = MinioClient.builder()
                .endpoint(server.endpoint().toString())
                .credentials(
                        bucket.credentials().accessKey(), bucket.credentials().secretKey())
                .region(bucket.region())
                .build()) {
            long begin = System.nanoTime();
            var unused = client.uploadObject(UploadObjectArgs.builder()
                    .bucket(bucket.bucket())
                    .object("raw")
                    .filename(file.toString())
                    .retention(new io.minio.messages.Retention(
                            RetentionMode.COMPLIANCE,
                            Clock.systemUTC().instant().plus(Duration.ofDays(1)).atZone(ZoneOffset.UTC)))
                    .build());
            return speed(Files.size(file), System.nanoTime() - begin);
        }
    }

    private static double rawFolder(Path file, Path work) throws IOException {
        Path to = work.resolve("raw");
        long begin = System.nanoTime();
        Files.copy(file, to);
        try (var channel = java.nio.channels.FileChannel.open(to, java.nio.file.StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        double speed = speed(Files.size(file), System.nanoTime() - begin);
        Files.delete(to);
        return speed;
    }
}
