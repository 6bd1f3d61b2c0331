package org.tiezheng.auditor;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Digests;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.seal.Sealer;
import org.tiezheng.evidence.time.EmbeddedAuthority;
import org.tiezheng.evidence.wacz.WaczNames;
import org.tiezheng.evidence.wacz.WaczWriter;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.evidence.zip.ZipLimits;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectKeys;

/**
 * An archive of so many tiny packages, each truly sealed and different, in evidence-record batches of 1,000; then what an audit
 * of it takes. Run by {@code bench/run audit}.
 *
 * <pre>AuditBench make FOLDER PACKAGES      AuditBench audit FOLDER all|N/SEED THREADS</pre>
 *
 * <p>{@code make} adds to what is in the folder until there are so many: the key, the authority and the log go on, so that one
 * archive can be audited while it grows. A package takes some 70 kB of disk (9 objects and their lock files).
 */
public final class AuditBench {
    private static final int BATCH = 1_000;
    private static final Instant SEALED = SmallArchive.SEALED;
    private static final Path VECTOR = Path.of("../vectors/good/plain/package.asice");
    /** A disk in memory, where there is one: packages are flushed while they are made, and only the making is waited for. */
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path folder;
    private final Path objects;
    private final Path log;
    private final EmbeddedAuthority authority;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final List<byte[]> entries = new ArrayList<>();
    private final Map<UUID, byte[]> groups = new LinkedHashMap<>();
    private final CheckpointSigner signer =
            CheckpointSigner.of("bench.example/log", SignatureType.ED25519, new byte[CheckpointSigner.SEED_BYTES]);
    private long size;

    private AuditBench(Path folder) throws IOException {
        this.folder = folder;
        this.objects = folder.resolve("objects");
        this.log = folder.resolve("log");
        this.authority = EmbeddedAuthority.open(folder.resolve("authority"), Clock.fixed(SEALED, ZoneOffset.UTC));
    }

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[1]);
        if (args[0].equals("make")) {
            Files.createDirectories(folder);
            new AuditBench(folder).make(Integer.parseInt(args[2]));
            return;
        }
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        long begin = System.nanoTime();
        int exit = Main.run(
                List.of(
                        "audit",
                        "--store=" + folder.resolve("objects"),
                        "--log=" + folder.resolve("log"),
                        "--trust=" + SmallArchive.TRUST,
                        "--trust=" + folder.resolve("root.pem"),
                        "--log-policy=" + folder.resolve("policy.txt"),
                        "--sample=" + args[2],
                        "--threads=" + args[3],
                        "--lang=en"),
                out,
                out,
                SmallArchive.clock(),
                false);
        long wall = (System.nanoTime() - begin) / 1_000_000;
        long packages = Long.parseLong(Files.readString(folder.resolve("packages")));
        out.println(String.format(
                Locale.ROOT,
                "exit code %d, %,d packages in %,d ms, %.2f ms each, heap at most %d MB, in use at the end %d MB, resident at most %s",
                exit,
                packages,
                wall,
                wall / (double) packages,
                Runtime.getRuntime().maxMemory() / 1_000_000,
                (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1_000_000,
                residentAtMost()));
        System.exit(exit);
    }

    private static String residentAtMost() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .map(line -> line.substring(6).trim())
                .findFirst()
                .orElse("?");
    }

    private void make(int packages) throws Exception {
        Path count = folder.resolve("packages");
        int there = Files.exists(count) ? Integer.parseInt(Files.readString(count)) : 0;
        if (there == 0) {
            FolderStore.create("objects", objects, SmallArchive.clock()).close();
            Files.writeString(folder.resolve("policy.txt"), "log " + signer.verifierKey() + "\nquorum none\n");
            Files.writeString(
                    folder.resolve("root.pem"),
                    "-----BEGIN CERTIFICATE-----\n"
                            + Base64.getMimeEncoder()
                                    .encodeToString(authority.root().getEncoded())
                            + "\n-----END CERTIFICATE-----\n");
        } else {
            size = Checkpoint.parse(Files.readAllBytes(log.resolve("checkpoint")))
                    .size();
        }
        try (FileChannel channel = FileChannel.open(VECTOR)) {
            CanonicalZipReader outer = CanonicalZipReader.read(channel);
            CanonicalZipReader inner = outer.nested(outer.member(AsicNames.WACZ).orElseThrow(), ZipLimits.DEFAULT);
            for (Member member : inner.members()) {
                if (!member.name().equals(WaczNames.DATAPACKAGE)
                        && !member.name().equals("datapackage-digest.json")) {
                    try (InputStream in = inner.open(member)) {
                        files.put(member.name(), in.readAllBytes());
                    }
                }
            }
        }
        Path scratch = Files.createTempDirectory(Files.isWritable(MEMORY) ? MEMORY : folder, "tiezheng-bench");
        ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        long begin = System.nanoTime();
        try {
            for (int made = there; made < packages; made += BATCH) {
                List<Future<Made>> batch = new ArrayList<>();
                for (int i = 0; i < Math.min(BATCH, packages - made); i++) {
                    batch.add(threads.submit(() -> makePackage(scratch)));
                }
                for (Future<Made> one : batch) {
                    entries.add(one.get().leaf());
                    entries.add(one.get().objects());
                    groups.put(one.get().id(), one.get().group());
                }
                makeBatch();
                append();
            }
        } finally {
            threads.shutdownNow();
            Files.deleteIfExists(scratch);
        }
        Checkpoint unsigned = new Checkpoint(signer.verifierKey().name(), size, tree().root(), List.of());
        Files.write(
                log.resolve("checkpoint"),
                unsigned.with(List.of(signer.sign(unsigned))).toBytes());
        Files.writeString(count, Integer.toString(Math.max(there, packages)));
        System.out.printf(
                Locale.ROOT,
                "made %,d packages in %d s%n",
                Math.max(0, packages - there),
                (System.nanoTime() - begin) / 1_000_000_000);
    }

    /** What the log says of a package, and what its record is over. */
    private record Made(UUID id, byte[] leaf, byte[] objects, byte[] group) {}

    private Made makePackage(Path scratch) throws Exception {
        UUID id = UUID.randomUUID();
        Path own = Files.createDirectory(scratch.resolve(id.toString()));
        Path wacz = own.resolve("capture.wacz");
        Digests digests;
        try (WaczWriter writer = WaczWriter.create(
                wacz, new WaczWriter.Metadata("bench", SEALED, "bench", "http://shop.example/", SEALED), random)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                byte[] content = file.getKey().equals("evidence/capture.json")
                        ? new String(file.getValue(), StandardCharsets.UTF_8)
                                .replace(SmallArchive.PACKAGE.toString(), id.toString())
                                .getBytes(StandardCharsets.UTF_8)
                        : file.getValue();
                Digests unused = writer.add(file.getKey(), content);
            }
            digests = writer.finish();
        }
        Path asice = new Sealer(authority.signer(), List.of(authority), Clock.fixed(SEALED, ZoneOffset.UTC))
                .seal(wacz, digests, id.toString(), own)
                .path();
        List<LogEvent.Member> members = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(asice)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            for (Member member : zip.members()) {
                try (InputStream in = zip.open(member)) {
                    members.add(put(member.name(), in.readAllBytes()));
                }
            }
        }
        deleteAll(own);
        return new Made(
                id,
                new LogLeaf(id, digests.sha256(), digests.sm3(), sizeOf(members), SEALED).toBytes(),
                LogEvent.objects(id, SmallArchive.UNTIL, members, SEALED).toBytes(),
                RecordBatch.groupHash(
                        TreeHash.SHA256,
                        members.stream()
                                .filter(member -> AsicNames.isInRecordGroup(member.name()))
                                .map(member -> member.sha256().bytes())
                                .toList()));
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static long sizeOf(List<LogEvent.Member> members) {
        return members.stream()
                .filter(member -> member.name().equals(AsicNames.WACZ))
                .findFirst()
                .orElseThrow()
                .sizeBytes();
    }

    /** As {@link FolderStore} lays objects out, without its care for power cuts: a million flushes would be the bench. */
    private LogEvent.Member put(String name, byte[] bytes) throws IOException {
        Digest digest = Digest.of(Digest.Algorithm.SHA256, bytes);
        String key = ObjectKeys.ofContent(digest.hex());
        Path file = objects.resolve(key + "@" + digest.hex());
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            // Two threads may bring the same bytes.
            Files.write(file, bytes);
            Files.writeString(
                    Path.of(file + ".lock.json"),
                    "{\"v\":1,\"key\":\"" + key + "\",\"sha256\":\"" + digest.hex() + "\",\"sizeBytes\":" + bytes.length
                            + ",\"storedAt\":\"" + SEALED + "\",\"mode\":\"COMPLIANCE\",\"until\":\""
                            + SmallArchive.UNTIL
                            + "\",\"legalHold\":false}\n");
        }
        return new LogEvent.Member(name, digest, bytes.length);
    }

    private void makeBatch() throws Exception {
        RecordBatch batch = RecordBatch.first(
                UUID.randomUUID(),
                TreeHash.SHA256,
                groups,
                authority.stamp(RecordBatch.root(TreeHash.SHA256, groups.values())));
        LogEvent.Member object = put("batch", batch.toBytes());
        entries.add(LogEvent.ofObject(
                        LogEvent.Kind.RECORDS,
                        batch.id(),
                        object.sha256(),
                        object.sizeBytes(),
                        SmallArchive.UNTIL,
                        SEALED)
                .toBytes());
        groups.clear();
    }

    private LogTree tree() {
        return new LogTree(tile -> Files.readAllBytes(log.resolve(tile.path())), size);
    }

    private void append() throws IOException {
        for (var tile : tree().append(entries).entrySet()) {
            Path file = log.resolve(tile.getKey().path());
            Files.createDirectories(file.getParent());
            Files.write(file, tile.getValue());
        }
        size += entries.size();
        entries.clear();
    }
}
