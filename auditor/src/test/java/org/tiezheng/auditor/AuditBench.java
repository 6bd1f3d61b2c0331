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
import java.util.Map;
import java.util.UUID;
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
 */
public final class AuditBench {
    private static final int BATCH = 1_000;
    private static final Instant SEALED = SmallArchive.SEALED;
    private static final Path VECTOR = Path.of("../vectors/good/plain/package.asice");

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
        Runtime java = Runtime.getRuntime();
        out.println("exit code " + exit + ", " + (System.nanoTime() - begin) / 1_000_000 + " ms, heap at most "
                + java.maxMemory() / 1_000_000 + " MB, in use at the end "
                + (java.totalMemory() - java.freeMemory()) / 1_000_000 + " MB");
        System.exit(exit);
    }

    private void make(int packages) throws Exception {
        FolderStore.create("objects", objects, SmallArchive.clock()).close();
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
        Files.writeString(folder.resolve("policy.txt"), "log " + signer.verifierKey() + "\nquorum none\n");
        Files.writeString(
                folder.resolve("root.pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(authority.root().getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        for (int i = 1; i <= packages; i++) {
            makePackage();
            if (groups.size() == BATCH || i == packages) {
                makeBatch();
                append();
            }
        }
        Checkpoint unsigned = new Checkpoint(signer.verifierKey().name(), size, tree().root(), List.of());
        Files.write(
                log.resolve("checkpoint"),
                unsigned.with(List.of(signer.sign(unsigned))).toBytes());
    }

    private void makePackage() throws Exception {
        UUID id = UUID.randomUUID();
        Path wacz = folder.resolve("capture.wacz");
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
                .seal(wacz, digests, id.toString(), folder)
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
        Files.delete(asice);
        Files.deleteIfExists(wacz);
        entries.add(new LogLeaf(id, digests.sha256(), digests.sm3(), sizeOf(members), SEALED).toBytes());
        entries.add(LogEvent.objects(id, SmallArchive.UNTIL, members, SEALED).toBytes());
        groups.put(
                id,
                RecordBatch.groupHash(
                        TreeHash.SHA256,
                        members.stream()
                                .filter(member -> AsicNames.isInRecordGroup(member.name()))
                                .map(member -> member.sha256().bytes())
                                .toList()));
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
