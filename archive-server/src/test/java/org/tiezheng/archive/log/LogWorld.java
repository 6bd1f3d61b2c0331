package org.tiezheng.archive.log;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.jobs.MovableClock;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.auditor.witness.Witness;
import org.tiezheng.auditor.witness.WitnessDamagedException;
import org.tiezheng.auditor.witness.WitnessServer;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogLeaf;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.MalformedLogException;
import org.tiezheng.evidence.log.SignatureType;

/** A log with real witnesses: PostgreSQL, files, HTTP. A "start" makes log and client anew. */
final class LogWorld implements AutoCloseable {
    static final CheckpointSigner SIGNER =
            CheckpointSigner.of("tiezheng.localhost/log", SignatureType.ED25519, new byte[32]);

    TestDatabase database = TestDatabase.create();
    final MovableClock clock = new MovableClock(Instant.parse("2026-11-22T04:00:00Z"));
    final Path folder;
    final List<UUID> packages = new ArrayList<>();
    private final Map<String, Site> sites = new java.util.LinkedHashMap<>();
    private Path files;
    private String quorum = "none";
    TransparencyLog log;
    Witnesses witnesses;

    /** A witness, running or not. */
    private static final class Site {
        @Nullable
        Witness witness;

        @Nullable
        WitnessServer server;

        String key = "";
        int port;
    }

    LogWorld(Path folder) {
        this.folder = folder;
        this.files = folder.resolve("log");
        this.log = open(files);
        this.witnesses = witnesses(false);
    }

    Path files() {
        return files;
    }

    private TransparencyLog open(Path files) {
        return new TransparencyLog(
                database.jdbc(),
                database.transactions(),
                new LogFolder(files),
                SIGNER,
                new TransparencyLog.Trusted(policy(), List.of(), Duration.ofSeconds(5), Duration.ofSeconds(20)),
                clock,
                100);
    }

    private Witnesses witnesses(boolean startWithout) {
        return new Witnesses(database.jdbc(), log, new WitnessClient(Duration.ofSeconds(5)), startWithout, clock);
    }

    /** Of what this world has now: {@code all} its witnesses, {@code any}, a number, or {@code none}. */
    LogWorld quorum(String needed) {
        quorum = needed;
        return this;
    }

    LogPolicy policy() {
        try {
            return LogPolicy.parse(policyText().getBytes(StandardCharsets.UTF_8));
        } catch (MalformedLogException e) {
            throw new IllegalStateException(e);
        }
    }

    String policyText() {
        StringBuilder text = new StringBuilder("log " + SIGNER.verifierKey() + "\n");
        sites.forEach((name, site) -> text.append("witness ")
                .append(name)
                .append(' ')
                .append(site.key)
                .append(" http://127.0.0.1:")
                .append(site.port)
                .append("/\n"));
        if (quorum.equals("none")) {
            return text + "quorum none\n";
        }
        String names = sites.keySet().stream().collect(Collectors.joining(" "));
        return text + "group enough " + quorum + " " + names + "\nquorum enough\n";
    }

    /** The operator takes another database, and other files, from the next start on. */
    void putBack(TestDatabase old, Path oldFiles) {
        database = old;
        files = oldFiles;
    }

    /** A start: what is kept in memory is gone. */
    void start() {
        start(false);
    }

    void start(boolean withoutWitnesses) {
        log = open(files());
        log.check();
        witnesses = witnesses(withoutWitnesses);
    }

    /** Runs a witness; its key is the Ed25519 one. */
    void runWitness(String name) throws IOException, WitnessDamagedException {
        runWitness(name, 0);
    }

    void runWitness(String name, int key) throws IOException, WitnessDamagedException {
        Site site = sites.computeIfAbsent(name, unused -> new Site());
        LogPolicy followed = policyOf(SIGNER);
        Witness witness = Witness.open(folder.resolve(name), name + ".example", followed, clock);
        site.witness = witness;
        site.server = WitnessServer.start(
                witness,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), site.port),
                (status, checkpoint) -> {});
        site.port = site.server.address().getPort();
        site.key = witness.verifierKeys().get(key).toString();
    }

    private static LogPolicy policyOf(CheckpointSigner signer) {
        try {
            return LogPolicy.parse(
                    ("log " + signer.verifierKey() + "\nquorum none\n").getBytes(StandardCharsets.UTF_8));
        } catch (MalformedLogException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A witness at any address, such as one that answers nonsense. */
    void addWitness(String name, String key, int port) {
        Site site = new Site();
        site.key = key;
        site.port = port;
        sites.put(name, site);
    }

    void stopWitness(String name) throws IOException {
        Site site = sites.get(name);
        if (site != null && site.server != null && site.witness != null) {
            site.server.close();
            site.witness.close();
            site.server = null;
            site.witness = null;
        }
    }

    List<Checkpoint> seenBy(String name) {
        Witness witness = sites.get(name).witness;
        return witness == null ? List.of() : witness.seen();
    }

    void queue(int count) {
        for (int i = 0; i < count; i++) {
            UUID id = UUID.randomUUID();
            packages.add(id);
            LogLeaf leaf = new LogLeaf(
                    id, Digest.sha256("0".repeat(64)), Digest.sm3("1".repeat(64)), packages.size(), clock.instant());
            database.jdbc()
                    .sql("insert into log_queue (leaf, evidence_id, queued_at) values (:leaf, :id, now())")
                    .param("leaf", leaf.toString())
                    .param("id", id)
                    .update();
        }
    }

    /** A turn of everything: the log, each witness until it has nothing to do, the log again. */
    void turn() throws InterruptedException {
        log.run();
        askAll();
        log.finish();
    }

    void askAll() throws InterruptedException {
        for (String name : sites.keySet()) {
            for (int i = 0; i < 4 && witnesses.ask(name) == Witnesses.Turn.COSIGNED; i++) {
                log.finish();
            }
        }
    }

    Checkpoint published() throws IOException {
        try {
            return Checkpoint.parse(Files.readAllBytes(files().resolve("checkpoint")));
        } catch (MalformedLogException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Without any authority that stamps. */
    LogFigures figures() {
        LogChanges changes = new LogChanges(
                database.jdbc(),
                database.transactions(),
                new AuditLog(database.jdbc(), clock),
                new LogQueue(database.jdbc(), clock),
                clock);
        return new LogFigures(
                database.jdbc(),
                log,
                witnesses,
                new LogStamps(database.jdbc(), log, new StampingAuthorities(List.of()), changes, clock));
    }

    void asOwner(String sql) {
        JdbcClient.create(database.owner()).sql(sql).update();
    }

    /** What {@code log_witness} says of it. */
    @Nullable
    String failureOf(String name) {
        return database.jdbc()
                .sql("select failure from log_witness where vkey = :key")
                .param("key", sites.get(name).key)
                .query((row, number) -> java.util.Optional.ofNullable(row.getString(1)))
                .optional()
                .flatMap(failure -> failure)
                .orElse(null);
    }

    @Override
    public void close() throws IOException {
        for (String name : List.copyOf(sites.keySet())) {
            stopWitness(name);
        }
    }
}
