package org.tiezheng.archive.retention;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.CaseLinks;
import org.tiezheng.archive.catalogue.CatalogueWriter;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.archive.catalogue.NewEvidence;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.storage.ForeignObject;
import org.tiezheng.storage.ListedVersion;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.StoredObject;
import org.tiezheng.storage.VersionedStore;

/**
 * All of retention on a real database and real stores, with a clock that a test moves. {@link #start} makes all services anew, as a
 * restart does. Packages are small and not sealed: what is in them is not retention's matter.
 */
final class RetentionWorld {
    static final Instant CAPTURED = Instant.parse("2026-11-21T08:00:00Z");
    static final Actor ARCHIVIST = actor("archivist", "档案管理员甲", "ARCHIVIST");
    static final Actor SECOND_ARCHIVIST = actor("archivist-2", "档案管理员乙", "ARCHIVIST");
    static final Actor LEADER = actor("leader", "负责人甲", "RESPONSIBLE_LEADER");
    static final Actor INSPECTOR = actor("officer-1", "执法人员甲", "INSPECTOR");
    static final List<String> SUPERVISORS = List.of("监销人甲", "监销人乙");

    final TestDatabase database = TestDatabase.create();
    final MovableClock clock;
    final List<Fragile> stores = new ArrayList<>();
    final ObjectStore active;
    Retention.Mode mode = Retention.Mode.COMPLIANCE;
    AuditLog audit;
    EvidenceCatalogue catalogue;
    RetentionClasses classes;
    RetentionRules rules;
    Retentions retentions;
    Cases cases;
    CaseLinks links;
    Approvals approvals;
    RuleEdits edits;
    ClassChanges changes;
    ObjectCopies copies;
    Holds holds;
    KeptObjects kept;
    LockExtension locks;
    Appraisals appraisals;
    Disposals disposals;
    LockChecks checks;
    RetentionFigures figures;
    RetentionWork work;
    /** Whether the log has signed that a destruction begins: no log runs here. */
    BooleanSupplier announced = () -> true;

    private int made;

    private static Actor actor(String id, String name, String role) {
        return new Actor(id, name, role, null, "127.0.0.1", "session");
    }

    /**
     * @param primary gives the version ids
     * @param custodian null: one copy
     */
    RetentionWorld(MovableClock clock, VersionedStore primary, @Nullable VersionedStore custodian, Together together)
            throws IOException {
        this.clock = clock;
        stores.add(new Fragile(primary));
        if (custodian != null) {
            stores.add(new Fragile(custodian));
        }
        this.active = custodian == null ? stores.get(0) : together.of(stores.get(0), stores.get(1));
        start(DisposalStep.Watch.NONE);
    }

    /** Makes one store of two. */
    interface Together {
        ObjectStore of(ObjectStore primary, ObjectStore custodian) throws IOException;
    }

    void start(DisposalStep.Watch watch) {
        audit = new AuditLog(database.jdbc(), clock);
        catalogue = new EvidenceCatalogue(database.jdbc());
        RetentionSettings settings = RetentionSettings.defaults();
        classes = new RetentionClasses(database.jdbc(), clock);
        rules = new RetentionRules(database.jdbc(), classes, settings, clock);
        retentions = new Retentions(database.jdbc(), database.transactions(), rules, audit, clock);
        cases = new Cases(database.jdbc(), database.transactions(), rules, retentions, audit, clock);
        links = new CaseLinks(database.jdbc(), catalogue, database.transactions(), audit, clock, List.of(cases));
        approvals = new Approvals(database.jdbc(), database.transactions(), audit, clock);
        edits = new RuleEdits(database.jdbc(), classes, approvals, clock);
        changes = new ClassChanges(database.jdbc(), database.transactions(), retentions, classes, approvals);
        copies = new ObjectCopies(active, stores);
        LogQueue log = new LogQueue(database.jdbc(), clock);
        holds = new Holds(database.jdbc(), database.transactions(), copies, approvals, log, audit, clock);
        kept = new KeptObjects(database.jdbc(), active, KeptObjects.Gate.OPEN, mode, clock);
        locks = new LockExtension(
                database.jdbc(),
                database.transactions(),
                catalogue,
                rules,
                retentions,
                copies,
                kept,
                log,
                audit,
                clock);
        appraisals =
                new Appraisals(database.jdbc(), database.transactions(), retentions, classes, approvals, audit, clock);
        disposals = new Disposals(
                database.jdbc(),
                database.transactions(),
                appraisals,
                approvals,
                holds,
                rules,
                copies,
                kept,
                log,
                audit,
                clock,
                watch,
                id -> announced.getAsBoolean());
        checks = new LockChecks(database.jdbc(), database.transactions(), copies, audit, clock);
        figures = new RetentionFigures(database.jdbc(), checks, clock);
        work = new RetentionWork(retentions, cases, holds, locks, disposals);
    }

    /** A package of four objects, the first the same in all packages, locked as ingest would. */
    UUID archive(@Nullable String caseNo) throws IOException {
        Instant asked = rules.lockOfNew(caseNo, CAPTURED);
        return archive(caseNo, asked);
    }

    UUID archive(@Nullable String caseNo, Instant lockedUntil) throws IOException {
        UUID id = UUID.randomUUID();
        Map<String, String> members = new LinkedHashMap<>();
        members.put("mimetype", "application/vnd.etsi.asic-e+zip");
        members.put("META-INF/signatures001.p7s", "signature of " + id);
        members.put("META-INF/timestamp001.tst", "token of " + id);
        members.put("capture.wacz", "wacz of " + id);
        Retention lock = new Retention(mode, lockedUntil);
        List<EvidenceObject> objects = new ArrayList<>();
        for (Map.Entry<String, String> member : members.entrySet()) {
            byte[] bytes = member.getValue().getBytes(StandardCharsets.UTF_8);
            String sha256 = Digest.of(Digest.Algorithm.SHA256, bytes).hex();
            StoredObject stored = active.put(
                    new PutRequest(ObjectKeys.ofContent(sha256), bytes.length, sha256, lock, false),
                    new ByteArrayInputStream(bytes));
            objects.add(new EvidenceObject(member.getKey(), sha256, null, bytes.length, 7, stored.version()));
        }
        String wacz = objects.get(3).sha256();
        NewEvidence evidence = new NewEvidence(
                id,
                null,
                wacz,
                wacz,
                objects.get(3).sizeBytes(),
                wacz,
                1000 + ++made,
                "https://shop.example/" + made,
                null,
                "商品 " + made,
                CAPTURED,
                CAPTURED,
                CAPTURED,
                "COMPLETE",
                List.of(),
                Verdict.VALID,
                CAPTURED,
                true,
                "{}",
                Evidence.Origin.UPLOAD,
                false,
                List.of(INSPECTOR.id()),
                List.of(INSPECTOR.name()),
                null,
                lock.until(),
                new NewEvidence.InitialLinks(null, caseNo, null, null, null),
                "页面文字",
                objects,
                List.of());
        database.transactions().executeWithoutResult(status -> {
            long unused = new CatalogueWriter(database.jdbc()).insert(evidence, INSPECTOR, CAPTURED, "{}");
            retentions.assignNew(id, INSPECTOR);
        });
        return id;
    }

    /** Evidence that may be destroyed: its case was closed so long ago that its period has ended. */
    UUID ended() throws IOException {
        UUID id = archive(null);
        toTheEnd();
        return id;
    }

    /** Moves the clock to where every clue's period and lock has ended. */
    void toTheEnd() {
        clock.set(Instant.parse("2031-01-01T00:00:00Z"));
        work.turn();
    }

    UUID destroy(UUID evidence) {
        return appraisals.appraise(evidence, Appraisals.Decision.DESTROY, "已过保管期限，无继续保存价值", null, null, ARCHIVIST);
    }

    /** A list with these, approved. */
    Disposal approved(List<UUID> evidence) {
        List<UUID> decisions = evidence.stream().map(this::destroy).toList();
        Disposal proposed = disposals.propose(decisions, "同意销毁", "删除全部副本", SUPERVISORS, ARCHIVIST);
        approvals.approve(proposed.approvalId(), "同意", LEADER);
        return disposals.find(proposed.id()).orElseThrow();
    }

    void say(String caseNo, org.tiezheng.archive.catalogue.CaseType type, @Nullable LocalDate closedOn) {
        CaseState unused = cases.say(caseNo, type, closedOn, "立案登记", ARCHIVIST);
        int ignored = cases.work();
    }

    List<EvidenceObject> objects(UUID evidence) {
        return catalogue.objects(evidence);
    }

    /** Every copy of an object, in all stores. */
    List<StoredObject> everyCopy(EvidenceObject object) throws IOException {
        return copies.all(object.version().key()).stream()
                .map(ObjectCopies.Copy::object)
                .toList();
    }

    /** Kinds of the log's entries about one evidence, in order. */
    List<String> leaves(UUID evidence) {
        return database.jdbc()
                .sql("select kind from log_queue where evidence_id = :id and kind is not null order by id")
                .param("id", evidence)
                .query(String.class)
                .list();
    }

    List<String> actions(UUID evidence) {
        return audit.ofObject("evidence", evidence.toString()).stream()
                .map(entry -> entry.event().action())
                .toList();
    }

    long count(String sql) {
        return database.jdbc().sql(sql).query(Long.class).single();
    }

    /** A clock that a test moves. */
    static final class MovableClock extends Clock {
        private volatile Instant now;

        MovableClock(Instant now) {
            this.now = now;
        }

        void set(Instant then) {
            now = then;
        }

        void forward(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** The end of the process, as far as the code under test can tell: nobody catches it. */
    static final class Died extends Error {
        private static final long serialVersionUID = 1;
    }

    /** A store that dies or is down when a test says so. */
    static final class Fragile implements VersionedStore {
        final VersionedStore store;
        /** Called before an act that changes something, with its name. */
        volatile Consumer<String> before = act -> {};

        volatile boolean down;
        final AtomicInteger acts = new AtomicInteger();

        Fragile(VersionedStore store) {
            this.store = store;
        }

        private void act(String name) throws IOException {
            up();
            acts.incrementAndGet();
            before.accept(name);
        }

        private void up() throws IOException {
            if (down) {
                throw new IOException(store.describe().id() + " is down");
            }
        }

        @Override
        public StoredObject put(PutRequest request, InputStream content) throws IOException {
            act("put");
            return store.put(request, content);
        }

        @Override
        public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
            up();
            return store.get(version, offset, length);
        }

        @Override
        public Optional<StoredObject> head(ObjectVersion version) throws IOException {
            up();
            return store.head(version);
        }

        @Override
        public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
            up();
            store.list(prefix, consumer);
        }

        @Override
        public void extendRetention(ObjectVersion version, Instant until) throws IOException {
            act("extend");
            store.extendRetention(version, until);
        }

        @Override
        public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
            act("hold");
            store.setLegalHold(version, on);
        }

        @Override
        public void delete(ObjectVersion version) throws IOException {
            act("delete");
            store.delete(version);
        }

        @Override
        public void requireThere() throws IOException {
            up();
            store.requireThere();
        }

        @Override
        public void listVersions(String prefix, Consumer<ListedVersion> consumer, Consumer<ForeignObject> foreign)
                throws IOException {
            up();
            store.listVersions(prefix, consumer, foreign);
        }

        @Override
        public void listOutside(Consumer<ForeignObject> consumer) throws IOException {
            up();
            store.listOutside(consumer);
        }

        @Override
        public StoredObject putBeside(PutRequest request, InputStream content, Set<String> damaged) throws IOException {
            act("put");
            return store.putBeside(request, content, damaged);
        }

        @Override
        public StoreDescription describe() {
            return store.describe();
        }
    }

    /** Two folders, one the custodian's. */
    static RetentionWorld folders(Path folder) throws IOException {
        MovableClock clock = new MovableClock(CAPTURED.plusSeconds(3600));
        return new RetentionWorld(
                clock,
                org.tiezheng.storage.FolderStore.create("objects", folder.resolve("objects"), clock),
                org.tiezheng.storage.FolderStore.create("custodian", folder.resolve("custodian"), clock),
                (primary, custodian) -> new org.tiezheng.storage.MirroredStore(
                        primary,
                        custodian,
                        org.tiezheng.storage.CopyQueue.open(folder.resolve("queue")),
                        clock,
                        1 << 30));
    }
}
