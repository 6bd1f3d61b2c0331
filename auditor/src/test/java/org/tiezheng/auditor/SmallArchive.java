package org.tiezheng.auditor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.asic.AsicNames;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.zip.CanonicalZipReader;
import org.tiezheng.evidence.zip.Member;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

/**
 * Objects and log as an archive leaves them, without an archive: a folder store, a signed and witnessed log, one package of the
 * vectors, and whatever a test adds.
 */
public final class SmallArchive {
    public static final UUID PACKAGE = UUID.fromString("5f0e8a3c-7b1d-4c5e-9a2f-1d3b5c7e9f01");
    public static final Instant SEALED = Instant.parse("2026-11-21T08:01:00Z");
    public static final Instant UNTIL = Instant.parse("2036-11-21T08:01:00Z");
    /** When the audit is made. */
    public static final Instant NOW = SEALED.plus(Duration.ofHours(12));

    public static final Path TRUST = Path.of("../vectors/trust.pem");
    private static final Path VECTOR = Path.of("../vectors/good/plain/package.asice");

    private final Path folder;
    private final CheckpointSigner signer = signer("log.example/evidence", SignatureType.ED25519, 1);
    private final CheckpointSigner court = signer("court.example/w", SignatureType.ED25519_COSIGNATURE, 2);
    private final List<byte[]> entries = new ArrayList<>();
    private final List<LogEvent.Member> members = new ArrayList<>();

    public SmallArchive(Path folder) throws IOException {
        this.folder = folder;
        Files.writeString(
                policy(),
                "log " + signer.verifierKey() + "\nwitness court " + court.verifierKey() + "\nquorum court\n",
                StandardCharsets.UTF_8);
        FolderStore.create("objects", store(), clock()).close();
    }

    private static CheckpointSigner signer(String name, SignatureType type, int seed) {
        byte[] bytes = new byte[CheckpointSigner.SEED_BYTES];
        bytes[0] = (byte) seed;
        return CheckpointSigner.of(name, type, bytes);
    }

    public static Clock clock() {
        return Clock.fixed(NOW, ZoneOffset.UTC);
    }

    public Path store() {
        return folder.resolve("objects");
    }

    public Path log() {
        return folder.resolve("log");
    }

    public Path policy() {
        return folder.resolve("policy.txt");
    }

    /** An archive with the package, its entries and a published checkpoint. */
    public static SmallArchive withPackage(Path folder) throws IOException {
        SmallArchive archive = new SmallArchive(folder);
        archive.addPackage();
        archive.publish(SEALED.plusSeconds(20));
        return archive;
    }

    /** Stores the members of the vector; adds the entries of the package. */
    public void addPackage() throws IOException {
        Member wacz;
        try (FileChannel channel = FileChannel.open(VECTOR)) {
            CanonicalZipReader zip = CanonicalZipReader.read(channel);
            for (Member member : zip.members()) {
                byte[] bytes;
                try (InputStream in = zip.open(member)) {
                    bytes = in.readAllBytes();
                }
                members.add(
                        new LogEvent.Member(member.name(), Digest.of(Digest.Algorithm.SHA256, bytes), bytes.length));
                put(bytes, UNTIL, SEALED.plusSeconds(5));
            }
            wacz = zip.member(AsicNames.WACZ).orElseThrow();
            Digest sm3 = sm3(zip);
            add(new LogLeaf(PACKAGE, digest(AsicNames.WACZ), sm3, wacz.sizeBytes(), SEALED).toBytes());
        }
        add(LogEvent.objects(PACKAGE, UNTIL, members, SEALED.plusSeconds(5)).toBytes());
    }

    private static Digest sm3(CanonicalZipReader zip) throws IOException {
        String sums = new String(
                zip.readSmall(zip.member(AsicNames.SM3SUMS).orElseThrow(), 1 << 16)
                        .orElseThrow(),
                StandardCharsets.US_ASCII);
        return sums.lines()
                .filter(line -> line.contains("(" + AsicNames.WACZ + ")"))
                .map(line -> Digest.sm3(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** Of the package, in its order. */
    public List<LogEvent.Member> members() {
        return members;
    }

    /** Digest of a member of the package. */
    public Digest digest(String member) {
        return members.stream()
                .filter(one -> one.name().equals(member))
                .findFirst()
                .orElseThrow()
                .sha256();
    }

    /** Stores an object, as if at {@code at}. */
    public StoredObject put(byte[] bytes, Instant until, Instant at) throws IOException {
        String sha256 = Digest.of(Digest.Algorithm.SHA256, bytes).hex();
        try (FolderStore store = FolderStore.open("objects", store(), Clock.fixed(at, ZoneOffset.UTC))) {
            return store.put(
                    new PutRequest(
                            ObjectKeys.ofContent(sha256), bytes.length, sha256, Retention.compliance(until), false),
                    new java.io.ByteArrayInputStream(bytes));
        }
    }

    /** Adds an entry; {@link #publish} writes it. */
    public void add(byte[] entry) {
        entries.add(entry);
    }

    public List<byte[]> entries() {
        return entries;
    }

    /** Writes the whole log anew, with a checkpoint that the witness saw at {@code seen}. */
    public Checkpoint publish(Instant seen) throws IOException {
        LogTree empty = new LogTree(
                tile -> {
                    throw new IOException("the log is written anew");
                },
                0);
        for (var tile : empty.append(entries).entrySet()) {
            Path file = log().resolve(tile.getKey().path());
            Files.createDirectories(file.getParent());
            Files.write(file, tile.getValue());
        }
        LogTree tree = new LogTree(tile -> Files.readAllBytes(log().resolve(tile.path())), entries.size());
        Checkpoint unsigned = new Checkpoint(signer.verifierKey().name(), entries.size(), tree.root(), List.of());
        Checkpoint signed = unsigned.with(List.of(signer.sign(unsigned), court.cosign(unsigned, seen)));
        Files.createDirectories(log());
        Files.write(log().resolve("checkpoint"), signed.toBytes());
        return signed;
    }

    /** The file of an object. */
    public Path file(Digest digest) {
        return store().resolve(ObjectKeys.ofContent(digest.hex()) + "@" + digest.hex());
    }

    /** Its lock record. */
    public Path lockFile(Digest digest) {
        return file(digest).resolveSibling(file(digest).getFileName() + ".lock.json");
    }

    /** Changes a file as its owner can. */
    public static void overwrite(Path file, byte[] bytes) {
        try {
            Path other = file.resolveSibling("." + file.getFileName() + ".new");
            Files.write(other, bytes);
            Files.move(other, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
