package org.tiezheng.archive.records;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceExport;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.catalogue.Trust;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.StrayObjects;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.time.FutureAuthority;
import org.tiezheng.evidence.time.MovedClock;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.trust.FuturePolicy;
import org.tiezheng.evidence.trust.TrustAnchors;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;
import org.tiezheng.verifier.Report;
import org.tiezheng.verifier.Verifier;
import org.tiezheng.verifier.VerifierOptions;

/** Evidence records with everything real, in any year: PostgreSQL, folder store, verifier. A "start" makes the services anew. */
final class RecordWorld implements AutoCloseable {
    static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");

    final TestDatabase database = TestDatabase.create();
    final MovedClock clock = new MovedClock(SEALED.plusSeconds(3600));
    final Path folder;
    final TestPackages packages;
    final FolderStore store;
    final KeptObjects kept;
    final AuditLog audit;
    final RecordTable table;
    final Path trusted;
    final @Nullable Path policyFile;
    final List<FutureAuthority> everyAuthority = new ArrayList<>();
    List<TimestampAuthority> authorities = List.of();
    RecordBatches batches;
    RecordFigures figures;
    EvidenceExport export;

    /** Thrown where a test has the server die. */
    static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** @param sha256Ends year from which SHA-256 is not acceptable any more; null: the standard policy */
    RecordWorld(Path folder, @Nullable Integer sha256Ends) throws IOException {
        this.folder = folder;
        this.packages = new TestPackages(folder.resolve("packages"), SEALED);
        this.store = FolderStore.create("objects", folder.resolve("objects"), clock);
        this.kept = new KeptObjects(database.jdbc(), store, KeptObjects.Gate.OPEN, Retention.Mode.COMPLIANCE, clock);
        this.audit = new AuditLog(database.jdbc(), clock);
        this.table = new RecordTable(database.jdbc());
        this.trusted = folder.resolve("root.pem");
        packages.writeRoot(trusted);
        this.policyFile = sha256Ends == null
                ? null
                : Files.writeString(
                        folder.resolve("policy.txt"), FuturePolicy.sha256Ends(LocalDate.of(sha256Ends, 1, 1)));
        start(RecordBatches.Steps.NONE, store);
    }

    /** Configures an authority whose certificate lasts ten years, and no other. */
    FutureAuthority use(String name, String hash, int from) throws IOException {
        FutureAuthority authority = FutureAuthority.from(from, 10, name, hash, clock);
        everyAuthority.add(authority);
        // A root stays on the server's list after its authority has gone.
        trust(allAnchors());
        authorities = List.of(authority);
        start();
        return authority;
    }

    /** The list of roots that the server believes. */
    void trust(TrustAnchors anchors) throws IOException {
        Files.writeString(trusted, anchors.toPem());
    }

    void start() throws IOException {
        start(RecordBatches.Steps.NONE, store);
    }

    void start(RecordBatches.Steps steps) throws IOException {
        start(steps, store);
    }

    void start(RecordBatches.Steps steps, ObjectStore store) throws IOException {
        EvidenceCatalogue catalogue = new EvidenceCatalogue(database.jdbc());
        RecordSettings settings = RecordSettings.defaults();
        RecordObjects objects = new RecordObjects(table, kept);
        PolicyFile policy = new PolicyFile(policyFile);
        batches = new RecordBatches(
                table,
                database.transactions(),
                kept,
                new Stamper(new StampingAuthorities(authorities), clock),
                new Rereader(table, catalogue, store, new Trust(List.of(), trusted)),
                policy,
                objects,
                audit,
                new LogQueue(database.jdbc(), clock),
                settings,
                clock,
                steps);
        figures = new RecordFigures(database.jdbc(), settings, clock);
        RecordProofs proofs = new RecordProofs(
                table,
                objects,
                id -> catalogue.objects(id).stream()
                        .map(object -> object.member())
                        .toList());
        export = new EvidenceExport(catalogue, store, () -> List.of(proofs));
    }

    /** A start that dies when {@code step} is done the {@code time}th time. */
    void startDying(String step, int time) throws IOException {
        int[] times = {0};
        start(done -> {
            if (done.equals(step) && ++times[0] == time) {
                throw new Died();
            }
        });
    }

    UUID archive() {
        return new TestArchive(database, store, packages, clock)
                .archive(packages.make("茶叶旗舰店", "http://shop.example/item/42", "正品保证"), NewEvidence.InitialLinks.NONE);
    }

    TrustAnchors allAnchors() {
        TrustAnchors all = packages.anchors();
        for (FutureAuthority authority : everyAuthority) {
            all = all.and(authority.anchors());
        }
        return all;
    }

    /** What our verifier says of the export, now by this world's clock. */
    Report verify(UUID id) throws IOException {
        return verify(id, allAnchors());
    }

    Report verify(UUID id, TrustAnchors anchors) throws IOException {
        Path file = folder.resolve("export.asice");
        try (OutputStream out = Files.newOutputStream(file)) {
            export.write(id, out);
        }
        return new Verifier(anchors, clock, new VerifierOptions(true, false))
                .with(new PolicyFile(policyFile).now())
                .verify(file);
    }

    /** In June of {@code in}, by an authority that begins in {@code from}. */
    void renew(String name, String hash, int from, int in) throws IOException {
        use(name, hash, from);
        at(in);
        turn();
    }

    void at(int year) {
        clock.set(Instant.parse(year + "-06-01T00:00:00Z"));
    }

    void turn() {
        batches.turn();
    }

    long count(String sql) {
        return database.jdbc().sql(sql).query(Long.class).single();
    }

    List<Batch> all() {
        return table.list(null, null, 100);
    }

    List<String> strays() throws IOException {
        List<String> keys = new ArrayList<>();
        long unused = new StrayObjects(database.jdbc(), store)
                .find((StoredObject object) -> keys.add(object.version().key()));
        return keys;
    }

    /** The file that holds capture.wacz of a package. */
    Path fileOf(UUID id) throws IOException {
        String sha256 = database.jdbc()
                .sql("select sha256 from evidence_object where evidence_id = :id and member = 'wacz/capture.wacz'")
                .param("id", id)
                .query(String.class)
                .single();
        try (var files = Files.walk(folder.resolve("objects"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().contains(sha256))
                    .max(java.util.Comparator.comparingLong(
                            file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    void write(Path file, byte[] bytes) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.write(file, bytes);
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
