package org.tiezheng.archive.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEntry;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.archive.register.Register;
import org.tiezheng.archive.register.TestRegisters;
import org.tiezheng.auditor.Main;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.SignatureType;
import org.tiezheng.evidence.log.Tile;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectVersion;

/**
 * A real archive (PostgreSQL, folder store, the server's log), whose operator deletes, replaces or dates back something behind
 * its back; then {@code ./tiezheng audit} comes from outside and has to name it. docs/audit.md prints the list.
 */
class OutsideAuditTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    private static final Instant ARCHIVED = SEALED.plus(Duration.ofMinutes(5));
    private static final Clock ARCHIVING = Clock.fixed(ARCHIVED, ZoneOffset.UTC);
    private static final Clock AUDITING = Clock.fixed(SEALED.plus(Duration.ofHours(6)), ZoneOffset.UTC);
    private static final CheckpointSigner SIGNER =
            CheckpointSigner.of("tiezheng.localhost/log", SignatureType.ED25519, new byte[32]);

    @TempDir
    static Path shared;

    private static TestPackages packages;
    private static final List<Path> MADE = new ArrayList<>();
    private static Path trust;
    private static Path policy;

    @BeforeAll
    static void makePackages() throws IOException {
        packages = new TestPackages(shared.resolve("packages"), SEALED);
        for (int i = 0; i < 3; i++) {
            MADE.add(packages.make("茶叶旗舰店", "http://shop.example/item/" + i, "正品保证 " + i));
        }
        trust = shared.resolve("root.pem");
        packages.writeRoot(trust);
        policy = shared.resolve("policy.txt");
        Files.writeString(policy, "log " + SIGNER.verifierKey() + "\nquorum none\n");
    }

    /** An archive with the packages; what a stranger wrote down of its log some time ago; and its operator's tools. */
    private static final class Archive implements AutoCloseable {
        final TestDatabase database;
        final Path folder;
        final Path objects;
        final Path log;
        final Path kept;
        final FolderStore store;
        final List<UUID> ids = new ArrayList<>();

        Archive(Path folder) throws IOException {
            this(folder, TestDatabase.create());
        }

        private Archive(Path folder, TestDatabase database) throws IOException {
            this.database = database;
            this.folder = folder;
            this.objects = folder.resolve("objects");
            this.log = folder.resolve("log");
            this.kept = folder.resolve("kept-checkpoint");
            this.store = FolderStore.create("primary", objects, ARCHIVING);
        }

        /** Archives all packages and publishes the log; {@code before} acts before the log takes the entries in. */
        Archive whole(Act before) throws Exception {
            TestArchive archive = new TestArchive(database, store, packages, ARCHIVING);
            for (Path file : MADE) {
                ids.add(archive.archive(file, NewEvidence.InitialLinks.NONE));
            }
            before.on(this);
            log().run();
            Files.copy(log.resolve("checkpoint"), kept);
            return this;
        }

        /** The same objects and log in another folder; the database is not to be touched. */
        Archive copy(Path to) throws IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(one -> !one.equals(folder)).toList()) {
                    Files.copy(
                            file, to.resolve(folder.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
            Archive copy = new Archive(to, database);
            copy.ids.addAll(ids);
            return copy;
        }

        TransparencyLog log() {
            return new TransparencyLog(
                    database.jdbc(), database.transactions(), new LogFolder(log), SIGNER, ARCHIVING, 300);
        }

        void asOwner(String sql) {
            int changed = JdbcClient.create(database.owner()).sql(sql).update();
            assertThat(changed > 0 || sql.startsWith("truncate")).as(sql).isTrue();
        }

        /** With all rights, past foreign keys and triggers. */
        void asSuperuser(String sql) throws Exception {
            try (Connection connection = database.superuser().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("set session_replication_role = replica");
                assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
            }
        }

        /** Makes a register after some events, and publishes its entry. */
        Archive register() throws Exception {
            for (int i = 0; i < 3; i++) {
                String unused = auditEvent();
            }
            Register made = new TestRegisters(
                            database, store, SIGNER.verifierKey().name(), folder.resolve("registers"), ARCHIVING)
                    .make();
            assertThat(made.sha256()).isNotNull();
            log().run();
            return this;
        }

        String newestRegister() {
            return database.jdbc()
                    .sql("select sha256 from register order by number desc limit 1")
                    .query(String.class)
                    .single();
        }

        /** Something happened that is written down; gives the hash of its event. */
        String auditEvent() {
            AuditEntry entry = database.transactions()
                    .execute(status -> new AuditLog(database.jdbc(), ARCHIVING)
                            .append(AuditEvent.ok(
                                    Actor.system("test"),
                                    "capture.fail",
                                    "attempt",
                                    UUID.randomUUID().toString())));
            return java.util.Objects.requireNonNull(entry).hash();
        }

        /** An entry through the front door. */
        void event(LogEvent event) {
            database.transactions()
                    .executeWithoutResult(status -> new LogQueue(database.jdbc(), ARCHIVING).append(event));
        }

        /** A member of the second package. */
        Path object(String member) {
            return file(digest(member));
        }

        String digest(String member) {
            return database.jdbc()
                    .sql("select sha256 from evidence_object where evidence_id = :id and member = :member")
                    .param("id", ids.get(1))
                    .param("member", member)
                    .query(String.class)
                    .single();
        }

        Path file(String digest) {
            return objects.resolve(ObjectKeys.ofContent(digest) + "@" + digest);
        }

        Path lock(String member) {
            return object(member).resolveSibling(object(member).getFileName() + ".lock.json");
        }

        /** Takes away what the server itself would notice a rewritten log by: proofs it gave, checkpoints it signed. */
        void forgetWhatWasSigned() {
            asOwner("truncate log_stamp, log_proof, log_witnessed, log_cosignature, log_checkpoint");
        }

        /** Everything the log says is made again out of the database and signed, as only its operator can. */
        void makeTheLogAgain() throws IOException {
            try (Stream<Path> files = Files.walk(log)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
            asOwner("update log_state set signed = 0, checkpoint = '', integrated = 0");
            log().run();
        }

        @Override
        public void close() throws IOException {
            store.close();
        }
    }

    /** What somebody does to an archive. */
    @FunctionalInterface
    private interface Act {
        Act NOTHING = archive -> {};

        void on(Archive archive) throws Exception;
    }

    private record Audited(int exitCode, String output) {}

    private static Audited audit(Archive archive, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "audit",
                "--store=" + archive.objects,
                "--log=" + archive.log,
                "--trust=" + trust,
                "--log-policy=" + policy,
                "--since=" + archive.kept,
                "--lang=en"));
        args.addAll(List.of(more));
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        return new Audited(Main.run(args, printer, printer, AUDITING, false), out.toString());
    }

    @Test
    void theArchiveAsTheServerLeavesItPasses(@TempDir Path folder) throws Exception {
        try (Archive archive = new Archive(folder).whole(Act.NOTHING)) {
            Audited audited = audit(archive);

            assertThat(audited.exitCode()).as(audited.output()).isZero();
            assertThat(audited.output())
                    .containsPattern("Packages: verified +3 +3 +0")
                    .containsPattern("Log: entries and tiles +6 +6 +0");
        }
    }

    /**
     * An act against an archive.
     *
     * @param name as docs/audit.md has it
     * @param codes that the audit must give
     */
    private record Attack(String name, When when, Act act, List<String> codes) {
        enum When {
            /** On files alone: all these start from one archive. */
            FILES,
            DATABASE,
            /** On rows of catalogue or audit chain, between two registers. */
            ROWS,
            /** Before the log takes the entries of the packages in. */
            EARLY
        }

        static Attack onFiles(String name, Act act, String... codes) {
            return new Attack(name, When.FILES, act, List.of(codes));
        }

        static Attack of(String name, Act act, String... codes) {
            return new Attack(name, When.DATABASE, act, List.of(codes));
        }

        static Attack onRows(String name, Act act, String... codes) {
            return new Attack(name, When.ROWS, act, List.of(codes));
        }

        static Attack early(String name, Act act, String... codes) {
            return new Attack(name, When.EARLY, act, List.of(codes));
        }
    }

    private static final String WACZ = "wacz/capture.wacz";

    private static void overwrite(Path file, byte[] bytes) throws IOException {
        Path other = file.resolveSibling("." + file.getFileName() + ".new");
        Files.write(other, bytes);
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void edit(Path file, String from, String to) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(from);
        overwrite(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 1;
        overwrite(file, bytes);
    }

    private static Digest nothing() {
        return Digest.of(Digest.Algorithm.SHA256, new byte[0]);
    }

    private static List<Attack> attacks() {
        List<Attack> attacks = new ArrayList<>();
        // Objects.
        attacks.add(Attack.onFiles("delete an object", a -> Files.delete(a.object(WACZ)), "OBJECT-MISSING"));
        attacks.add(Attack.onFiles(
                "delete an object and its lock record",
                a -> {
                    Files.delete(a.lock("SHA256SUMS"));
                    Files.delete(a.object("SHA256SUMS"));
                },
                "OBJECT-MISSING"));
        attacks.add(Attack.of(
                "delete a whole package: objects, catalogue row, locks",
                a -> {
                    for (String digest : a.database
                            .jdbc()
                            .sql("select sha256 from evidence_object where evidence_id = :id and member <> 'mimetype'")
                            .param("id", a.ids.get(1))
                            .query(String.class)
                            .list()) {
                        Files.deleteIfExists(a.file(digest));
                        Files.deleteIfExists(Path.of(a.file(digest) + ".lock.json"));
                    }
                    a.asOwner("delete from evidence_object where evidence_id = '" + a.ids.get(1) + "'");
                },
                "OBJECT-MISSING"));
        attacks.add(Attack.onFiles("change one bit of an object", a -> flip(a.object(WACZ), 5000), "OBJECT-CHANGED"));
        attacks.add(Attack.onFiles(
                "replace an object by that of another package",
                a -> Files.copy(
                        a.object("META-INF/signature001.p7s"), a.object(WACZ), StandardCopyOption.REPLACE_EXISTING),
                "OBJECT-SIZE"));
        attacks.add(Attack.onFiles(
                "cut an object short",
                a -> overwrite(a.object(WACZ), java.util.Arrays.copyOf(Files.readAllBytes(a.object(WACZ)), 4096)),
                "OBJECT-SIZE"));
        attacks.add(Attack.onFiles(
                "add an object",
                a -> {
                    Digest digest = Digest.of(Digest.Algorithm.SHA256, new byte[] {7});
                    Files.createDirectories(a.file(digest.hex()).getParent());
                    Files.write(a.file(digest.hex()), new byte[] {7});
                    Files.setLastModifiedTime(a.file(digest.hex()), java.nio.file.attribute.FileTime.from(ARCHIVED));
                },
                "OBJECT-UNKNOWN"));
        attacks.add(Attack.onFiles(
                "date an object back", a -> edit(a.lock(WACZ), "2026-11-21T08:05", "2025-11-21T08:05"), "TIME-STORED"));
        // Locks.
        attacks.add(
                Attack.onFiles("shorten a lock", a -> edit(a.lock(WACZ), "2031-11-20T", "2030-11-20T"), "LOCK-SHORT"));
        attacks.add(Attack.onFiles("remove a lock", a -> Files.delete(a.lock(WACZ)), "LOCK-MISSING"));
        attacks.add(Attack.of(
                "lift a legal hold in the store",
                a -> {
                    a.event(LogEvent.of(LogEvent.Kind.HOLD, a.ids.get(1), nothing(), null, ARCHIVED));
                    a.log().run();
                    for (String member : List.of(WACZ, "SHA256SUMS")) {
                        a.store.setLegalHold(
                                new ObjectVersion(ObjectKeys.ofContent(a.digest(member)), a.digest(member)), true);
                    }
                    a.store.setLegalHold(
                            new ObjectVersion(ObjectKeys.ofContent(a.digest(WACZ)), a.digest(WACZ)), false);
                },
                "HOLD-MISSING"));
        // Files of the log.
        attacks.add(Attack.onFiles(
                "change an entry of the log",
                a -> edit(bundle(a), "2026-11-21T08:05:00Z\"}", "2026-11-20T08:05:00Z\"}"),
                "LOG-ENTRY"));
        attacks.add(Attack.onFiles(
                "change a tile of the log", a -> flip(a.log.resolve(new Tile(0, 0, 6).path()), 40), "LOG-TILE"));
        attacks.add(Attack.onFiles("delete entries of the log", a -> Files.delete(bundle(a)), "LOG-TILE"));
        attacks.add(Attack.of(
                "put back an older checkpoint",
                a -> {
                    a.event(LogEvent.of(LogEvent.Kind.FAILURE, UUID.randomUUID(), nothing(), null, ARCHIVED));
                    a.log().run();
                    Path newer = a.folder.resolve("newer");
                    Files.copy(a.log.resolve("checkpoint"), newer);
                    overwrite(a.log.resolve("checkpoint"), Files.readAllBytes(a.kept));
                    overwrite(a.kept, Files.readAllBytes(newer));
                },
                "LOG-HISTORY"));
        attacks.add(Attack.onFiles(
                "publish a checkpoint signed with another key",
                a -> {
                    Checkpoint real = Checkpoint.parse(Files.readAllBytes(a.log.resolve("checkpoint")));
                    CheckpointSigner other = CheckpointSigner.of(
                            real.origin(),
                            SignatureType.ED25519,
                            "another key, 32 bytes of it     ".getBytes(StandardCharsets.US_ASCII));
                    Checkpoint unsigned = new Checkpoint(real.origin(), real.size(), real.root(), List.of());
                    overwrite(
                            a.log.resolve("checkpoint"),
                            unsigned.with(List.of(other.sign(unsigned))).toBytes());
                },
                "LOG-SIGNATURE"));
        // Rows of the database, and the server goes on.
        attacks.add(Attack.of(
                "change a row of the log in the database and make the log again",
                a -> {
                    a.forgetWhatWasSigned();
                    a.asOwner(
                            "update log_entry set leaf = replace(leaf, '2026-11-21T08:05:00Z\"}', '2026-11-20T08:05:00Z\"}')");
                    a.makeTheLogAgain();
                },
                "LOG-HISTORY"));
        attacks.add(Attack.of(
                "delete a row of the log in the database and make the log again",
                a -> {
                    a.forgetWhatWasSigned();
                    a.asOwner("delete from log_entry where pos >= 4");
                    a.asOwner("update log_state set signed = 0, checkpoint = '', integrated = 0, assigned = 4");
                    a.makeTheLogAgain();
                },
                "LOG-HISTORY",
                "OBJECT-UNKNOWN"));
        attacks.add(Attack.of(
                "restore an older database over a newer log",
                a -> {
                    a.event(LogEvent.of(LogEvent.Kind.FAILURE, UUID.randomUUID(), nothing(), null, ARCHIVED));
                    a.log().run();
                    overwrite(a.kept, Files.readAllBytes(a.log.resolve("checkpoint")));
                    a.forgetWhatWasSigned();
                    a.asOwner("delete from log_entry where pos >= 6");
                    a.asOwner("update log_state set signed = 0, checkpoint = '', integrated = 0, assigned = 6");
                    a.event(LogEvent.of(LogEvent.Kind.FAILURE, UUID.randomUUID(), nothing(), null, ARCHIVED));
                    a.makeTheLogAgain();
                },
                "LOG-HISTORY"));
        attacks.add(Attack.early(
                "delete a package's entries before the log takes them in",
                a -> a.asOwner("delete from log_queue where evidence_id = '" + a.ids.get(1) + "'"),
                "OBJECT-UNKNOWN"));
        attacks.add(Attack.early(
                "delete only the entry of its objects",
                a -> a.asOwner("delete from log_queue where kind = 'objects' and evidence_id = '" + a.ids.get(1) + "'"),
                "LEAF-ALONE",
                "OBJECT-UNKNOWN"));
        attacks.add(Attack.early(
                "date a package back before the log takes its entry in",
                a -> a.asOwner("update log_queue set leaf = regexp_replace(leaf, '\"t\":\"2026-', '\"t\":\"2025-')"
                        + " where kind = 'package' and evidence_id = '" + a.ids.get(1) + "'"),
                "TIME-SEAL"));
        attacks.add(Attack.early(
                "name another digest before the log takes the entry in",
                a -> a.asOwner("update log_queue set leaf = replace(leaf, '" + a.digest(WACZ) + "', '" + "0".repeat(64)
                        + "') where evidence_id = '" + a.ids.get(1) + "'"),
                "OBJECT-MISSING",
                "OBJECT-UNKNOWN"));
        attacks.add(Attack.of(
                "date an event back",
                a -> {
                    a.event(LogEvent.of(
                            LogEvent.Kind.FAILURE,
                            UUID.randomUUID(),
                            nothing(),
                            null,
                            ARCHIVED.minus(Duration.ofDays(9))));
                    a.log().run();
                },
                "TIME-BACK"));
        attacks.add(Attack.of(
                "enter a package a second time with other content",
                a -> {
                    a.asOwner("insert into log_queue (leaf, kind, evidence_id, queued_at)"
                            + " select replace(leaf, '" + a.digest(WACZ) + "', '" + "1".repeat(64)
                            + "'), kind, evidence_id, now() from log_entry where pos = 2");
                    a.log().run();
                },
                "LEAF-TWICE"));
        attacks.add(Attack.of(
                "enter a disposal to cover a deletion",
                a -> {
                    a.event(LogEvent.ofObject(LogEvent.Kind.DISPOSAL, a.ids.get(1), nothing(), 0, null, ARCHIVED));
                    a.log().run();
                    Files.delete(a.object(WACZ));
                },
                "DISPOSAL-EARLY",
                "DISPOSAL-PRESENT",
                "OBJECT-MISSING"));
        attacks.add(Attack.of(
                "promise a shorter lock",
                a -> {
                    a.event(LogEvent.of(
                            LogEvent.Kind.RETENTION, a.ids.get(1), nothing(), ARCHIVED.plusSeconds(60), ARCHIVED));
                    a.log().run();
                },
                "LEAF-CONTRADICTS"));
        rows(attacks);
        return attacks;
    }

    /** Rows of catalogue and audit chain, with all rights in the database and no foreign key or trigger in the way. */
    private static void rows(List<Attack> attacks) {
        attacks.add(Attack.onRows(
                "delete a package's row from the catalogue",
                a -> a.asSuperuser("delete from evidence where id = '" + a.ids.get(1) + "'"),
                "ROW-MISSING"));
        attacks.add(Attack.onRows(
                "add a row to the catalogue", a -> a.asSuperuser("""
                        insert into evidence (id, sha256, sm3, size_bytes, package_sha256, package_bytes, target_url, captured_from,
                            captured_to, archived_at, completeness, completeness_reasons, verdict, verified_at, embedded_authority,
                            report, origin, automatic, officer_ids, officer_names, archived_by, archived_by_name, retain_until)
                        select gen_random_uuid(), repeat('c', 64), sm3, size_bytes, package_sha256, package_bytes, target_url,
                            captured_from, captured_to, archived_at, completeness, completeness_reasons, verdict, verified_at,
                            embedded_authority, report, origin, automatic, officer_ids, officer_names, archived_by,
                            archived_by_name, retain_until
                        from evidence where id = '%s'""".formatted(a.ids.get(1))), "ROW-ALONE"));
        attacks.add(Attack.onRows(
                "change a title in the catalogue",
                a -> a.asSuperuser("update evidence set title = '别的' where id = '" + a.ids.get(1) + "'"),
                "ROW-DIFFERS",
                "ROW-CHANGED"));
        attacks.add(Attack.onRows(
                "date a row of the catalogue back",
                a -> a.asSuperuser("update evidence set archived_at = archived_at - interval '1 day' where id = '"
                        + a.ids.get(1) + "'"),
                "ROW-DIFFERS",
                "ROW-CHANGED"));
        attacks.add(Attack.onRows(
                "let a row of the catalogue name another file",
                a -> a.asSuperuser(
                        "update evidence set package_sha256 = repeat('d', 64) where id = '" + a.ids.get(1) + "'"),
                "ROW-DIFFERS",
                "ROW-CHANGED"));
        attacks.add(Attack.onRows(
                "delete rows of a package's objects",
                a -> a.asSuperuser("delete from evidence_object where evidence_id = '" + a.ids.get(1)
                        + "' and member = 'mimetype'"),
                "ROW-DIFFERS"));
        attacks.add(Attack.onRows(
                "let a row of an object name another object",
                a -> a.asSuperuser("update evidence_object set key = 'sha256/00' where evidence_id = '" + a.ids.get(1)
                        + "' and member = 'mimetype'"),
                "ROW-DIFFERS"));
        attacks.add(Attack.onRows(
                "say in the catalogue that a package was destroyed",
                a -> a.asSuperuser("update evidence set disposed_at = now() where id = '" + a.ids.get(1) + "'"),
                "ROW-DIFFERS"));
        attacks.add(Attack.onRows(
                "lower the class of a package in the database",
                a -> a.asSuperuser("update evidence_retention set class_id = 'Y1', years = 1 where evidence_id = '"
                        + a.ids.get(1) + "'"),
                "ROW-CHANGED"));
        attacks.add(Attack.onRows(
                "delete an event of the audit chain",
                a -> a.asSuperuser("delete from audit_event where seq = 2"),
                "CHAIN-CHANGED"));
        attacks.add(Attack.onRows(
                "change an event of the audit chain",
                a -> a.asSuperuser("update audit_event set actor_name = '执法人员乙' where seq = 2"),
                "CHAIN-CHANGED"));
        attacks.add(Attack.onRows(
                "cut off the end of the audit chain",
                a -> a.asSuperuser("delete from audit_event where seq >= 3"),
                "CHAIN-CHANGED"));
        attacks.add(Attack.onRows(
                "delete the audit event that an entry of the log names",
                a -> {
                    String hash = a.auditEvent();
                    a.event(LogEvent.of(LogEvent.Kind.FAILURE, UUID.randomUUID(), Digest.sha256(hash), null, ARCHIVED));
                    a.log().run();
                    a.asSuperuser("delete from audit_event where hash = '" + hash + "'");
                },
                "EVENT-MISSING"));
    }

    private static Path bundle(Archive archive) {
        return archive.log.resolve(new Tile(Tile.ENTRIES, 0, 6).path());
    }

    @TestFactory
    Stream<DynamicTest> everyTamperingIsNamed(@TempDir Path folder) throws Exception {
        Archive whole = new Archive(Files.createDirectory(folder.resolve("whole"))).whole(Act.NOTHING);
        return attacks().stream()
                .map(attack -> DynamicTest.dynamicTest(attack.name(), () -> {
                    Path own = Files.createTempDirectory(folder, "attack");
                    try (Archive archive = switch (attack.when()) {
                        case FILES -> whole.copy(own);
                        case DATABASE -> new Archive(own).whole(Act.NOTHING);
                        case ROWS -> new Archive(own).whole(Act.NOTHING).register();
                        case EARLY -> new Archive(own).whole(attack.act());
                    }) {
                        if (attack.when() != Attack.When.EARLY) {
                            attack.act().on(archive);
                        }
                        if (attack.when() == Attack.When.ROWS) {
                            archive.register();
                        }
                        Audited audited = audit(archive);

                        assertThat(audited.exitCode()).as(audited.output()).isIn(1, 2);
                        assertThat(audited.output()).contains(attack.codes());
                    }
                }))
                .onClose(() -> close(whole));
    }

    private static void close(Archive archive) {
        try {
            archive.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aCatalogueThatNobodyTouchedIsComparedRowByRow(@TempDir Path folder) throws Exception {
        try (Archive archive = new Archive(folder).whole(Act.NOTHING).register()) {
            String hash = archive.auditEvent();
            archive.event(LogEvent.of(LogEvent.Kind.FAILURE, UUID.randomUUID(), Digest.sha256(hash), null, ARCHIVED));
            archive.log().run();
            archive.asOwner("update evidence set case_no = '市监立〔2026〕1号' where id = '" + archive.ids.get(0) + "'");
            archive.register();

            Audited audited = audit(archive);
            assertThat(audited.exitCode()).as(audited.output()).isZero();
            assertThat(audited.output())
                    .containsPattern("Catalogue: rows +3 +3 +0")
                    .containsPattern("Audit chain: heads and named events +3 +3 +0")
                    .contains("1 rows of the catalogue have other notes", ": case since ")
                    .contains("The catalogue is compared as its register of 2026-11-21");
        }
    }

    /** Between two registers anything may happen; the auditor need not wait for the next. */
    @Test
    void aRegisterTheAuditorBringsIsComparedInsteadOfTheNewest(@TempDir Path folder) throws Exception {
        try (Archive archive = new Archive(folder).whole(Act.NOTHING).register()) {
            archive.asSuperuser("delete from evidence where id = '" + archive.ids.get(1) + "'");
            assertThat(audit(archive).exitCode())
                    .as("the register of before has the row")
                    .isZero();
            archive.register();
            Path brought = folder.resolve("brought.gz");
            Files.copy(archive.file(archive.newestRegister()), brought);

            Audited audited = audit(archive, "--register=" + brought);
            assertThat(audited.exitCode()).as(audited.output()).isEqualTo(1);
            assertThat(audited.output())
                    .contains("ROW-MISSING", archive.ids.get(1).toString());

            Files.write(brought, new byte[] {1, 2, 3});
            audited = audit(archive, "--register=" + brought);
            assertThat(audited.output()).contains("REGISTER-UNREADABLE", "REGISTER-UNKNOWN");
        }
    }

    /** Rows of the catalogue are the archive's own notes: whoever deletes them takes nothing from what can be proved. */
    @Test
    void evidenceWhoseRowsWereDeletedIsStillProved(@TempDir Path folder) throws Exception {
        try (Archive archive = new Archive(folder).whole(Act.NOTHING)) {
            archive.asOwner("delete from evidence_object where evidence_id = '" + archive.ids.get(1) + "'");

            Audited audited = audit(archive);
            assertThat(audited.exitCode()).as(audited.output()).isZero();
            assertThat(audited.output()).containsPattern("Packages: verified +3 +3 +0");
        }
    }

    @Test
    void theListInTheDocumentIsThisOne() throws IOException {
        String document = Files.readString(Path.of("../docs/audit.md"));
        for (Attack attack : attacks()) {
            assertThat(document).contains("| " + attack.name() + " | " + String.join(", ", attack.codes()) + " |");
        }
    }
}
