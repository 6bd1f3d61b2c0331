package org.tiezheng.archive.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.catalogue.Confirmations.ConfirmationRefusedException;
import org.tiezheng.archive.catalogue.Confirmations.Method;
import org.tiezheng.archive.catalogue.Confirmations.Refusal;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.identity.Officers;
import org.tiezheng.archive.ingest.TestArchive;
import org.tiezheng.archive.ingest.TestPackages;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.StoredObject;

/** Verify-now, links, confirmations and access on real evidence. */
class CatalogueServicesTest {
    private static final Instant SEALED = Instant.parse("2026-11-21T08:00:00Z");
    private static final Clock CLOCK = Clock.fixed(SEALED.plusSeconds(600), ZoneOffset.UTC);

    @TempDir
    private static Path folder;

    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final AuditLog AUDIT = new AuditLog(DATABASE.jdbc(), CLOCK);
    private static FolderStore store;
    private static TestPackages packages;
    private static TestArchive archive;
    private static Trust trust;
    private static EvidenceCatalogue catalogue;

    @BeforeAll
    static void begin() throws IOException {
        store = FolderStore.create("primary", folder.resolve("objects"), CLOCK);
        packages = new TestPackages(folder, SEALED);
        archive = new TestArchive(DATABASE, store, packages, CLOCK);
        catalogue = new EvidenceCatalogue(DATABASE.jdbc());
        Path root = folder.resolve("root.pem");
        packages.writeRoot(root);
        trust = new Trust(List.of(), root);
    }

    @AfterAll
    static void close() throws IOException {
        store.close();
    }

    private static UUID evidence(String title) {
        return archive.archive(
                packages.make(title, "http://shop.example/" + UUID.randomUUID(), "页面文字"),
                NewEvidence.InitialLinks.NONE);
    }

    private static VerifyNow verifyNow(ObjectStore from) {
        return verifyNow(from, "node-a", CLOCK);
    }

    private static VerifyNow verifyNow(ObjectStore from, String node, Clock clock) {
        return verifyNow(new EvidenceExport(catalogue, from), node, clock);
    }

    private static VerifyNow verifyNow(EvidenceExport export, String node, Clock clock) {
        return new VerifyNow(catalogue, export, trust, DATABASE.jdbc(), DATABASE.transactions(), AUDIT, clock, node);
    }

    private static Verification await(VerifyNow verifications, UUID id) throws InterruptedException {
        for (int i = 0; i < 600; i++) {
            Verification now = verifications.find(id).orElseThrow();
            if (now.state() != Verification.State.RUNNING) {
                return now;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError("still running after 30 s");
    }

    private static List<String> actions(UUID evidence) {
        return AUDIT.ofObject("evidence", evidence.toString()).stream()
                .map(entry -> entry.event().action() + " " + entry.event().result())
                .toList();
    }

    @Test
    void evidenceIsVerifiedOutOfTheStoreAndEveryCheckIsKept() throws Exception {
        UUID id = evidence("甲");
        try (VerifyNow verifications = verifyNow(store)) {
            Verification begun = verifications.start(id, true, true, TestArchive.OFFICER);
            Verification done = await(verifications, begun.id());
            assertThat(done.state()).as(done.failure()).isEqualTo(Verification.State.DONE);
            assertThat(done.verdict()).isEqualTo(Verdict.VALID);
            assertThat(done.options()).containsExactly("sm3", "deep");
            assertThat(done.percent()).isEqualTo(100);
            assertThat(verifications.checks(begun.id()))
                    .extracting(Verification.Check::code)
                    .contains("Z01", "M03", "M08", "W02", "W09", "T06", "S04");
            assertThat(verifications.checks(begun.id())).allMatch(check -> check.verdict() == Verdict.VALID);
            assertThat(done.report()).contains("tiezheng-report/1");
            assertThat(verifications.of(id)).hasSize(1);
            assertThat(actions(id)).containsExactly("evidence.verify OK");
        }
    }

    @Test
    void proofsThatWereMadeSinceAreVerifiedToo() throws Exception {
        UUID id = evidence("丙");
        byte[] wrong = "no proof\n".getBytes(StandardCharsets.US_ASCII);
        EvidenceExport export = new EvidenceExport(
                catalogue,
                store,
                () -> List.of(any -> List.of(new ProofSource.Proof("META-INF/log001.tlog-proof", wrong))));
        try (VerifyNow verifications = verifyNow(export, "node-a", CLOCK)) {
            Verification done = await(
                    verifications,
                    verifications.start(id, false, false, TestArchive.OFFICER).id());
            assertThat(done.verdict()).isEqualTo(Verdict.INVALID);
            assertThat(verifications.checks(done.id()))
                    .filteredOn(check -> check.verdict() == Verdict.INVALID)
                    .extracting(Verification.Check::code)
                    .containsExactly("L01");
        }
    }

    @Test
    void aByteThatChangedInTheStoreIsFoundAndTheCatalogueSaysSo() throws Exception {
        UUID id = evidence("乙");
        EvidenceObject wacz = catalogue.objects(id).stream()
                .filter(object -> object.member().endsWith(".wacz"))
                .findFirst()
                .orElseThrow();
        try (VerifyNow verifications = verifyNow(new Changed(store, wacz.version(), 3000))) {
            Verification done = await(
                    verifications,
                    verifications.start(id, false, false, TestArchive.OFFICER).id());
            assertThat(done.verdict()).isEqualTo(Verdict.INVALID);
            assertThat(verifications.checks(done.id()))
                    .anyMatch(check -> check.code().equals("M03")
                            && check.verdict() == Verdict.INVALID
                            && check.details().containsKey("computed"));
        }
        assertThat(catalogue.find(id).orElseThrow().verdict()).isEqualTo(Verdict.INVALID);
    }

    @Test
    void aStoreThatFailsSaysNothingAboutTheEvidence() throws Exception {
        UUID id = evidence("丙");
        try (VerifyNow verifications = verifyNow(new Changed(store, null, -1))) {
            Verification done = await(
                    verifications,
                    verifications.start(id, false, false, TestArchive.OFFICER).id());
            assertThat(done.state()).isEqualTo(Verification.State.FAILED);
            assertThat(done.failure()).contains("store is down");
            assertThat(done.verdict()).isNull();
        }
        assertThat(catalogue.find(id).orElseThrow().verdict()).isEqualTo(Verdict.VALID);
        assertThat(actions(id)).containsExactly("evidence.verify FAILED");
    }

    @Test
    void oneRunsAtATimeAndCanBeCancelledAndARestartSaysWhatItStopped() throws Exception {
        UUID id = evidence("丁");
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch there = new CountDownLatch(1);
        ObjectStore slow = new Changed(store, null, -2) {
            @Override
            public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
                there.countDown();
                try {
                    if (!go.await(30, TimeUnit.SECONDS)) {
                        throw new IOException("nobody opened");
                    }
                } catch (InterruptedException interrupted) {
                    throw new IOException(interrupted);
                }
                return super.get(version, offset, length);
            }
        };
        try (VerifyNow verifications = verifyNow(slow)) {
            Verification first = verifications.start(id, false, false, TestArchive.OFFICER);
            assertThat(there.await(30, TimeUnit.SECONDS)).isTrue();
            Verification second = verifications.start(id, true, true, TestArchive.OFFICER);
            assertThat(second.id()).isEqualTo(first.id());
            assertThat(verifications.cancel(first.id(), TestArchive.OFFICER)).isTrue();
            go.countDown();
            assertThat(await(verifications, first.id()).state()).isEqualTo(Verification.State.CANCELLED);
            assertThat(verifications.cancel(first.id(), TestArchive.OFFICER)).isFalse();
        }
        running(id, "node-a");
        try (VerifyNow verifications = verifyNow(store)) {
            verifications.recover();
            assertThat(verifications.of(id))
                    .extracting(Verification::state)
                    .containsExactlyInAnyOrder(Verification.State.FAILED, Verification.State.CANCELLED);
        }
    }

    private static UUID running(UUID evidence, String node) {
        UUID id = UUID.randomUUID();
        DATABASE.jdbc()
                .sql("""
                        insert into verification (id, evidence_id, state, requested_by, requested_by_name, options, started_at,
                            heard_at, bytes_total, node)
                        values (:id, :evidence, 'RUNNING', 'x', 'x', '{}', :at, :at, 1, :node)""")
                .param("id", id)
                .param("evidence", evidence)
                .param("at", Timestamp.from(CLOCK.instant()))
                .param("node", node)
                .update();
        return id;
    }

    @Test
    void whatAnotherLiveServerRunsIsLeftAloneAndFailedOnlyWhenThatServerIsSilent() throws Exception {
        UUID id = evidence("己");
        UUID theirs = running(id, "node-b");
        try (VerifyNow soon = verifyNow(store);
                VerifyNow later = verifyNow(store, "node-a", Clock.offset(CLOCK, VerifyNow.SILENCE.plusSeconds(1)))) {
            soon.recover();
            soon.beat();
            assertThat(soon.find(theirs).orElseThrow().state()).isEqualTo(Verification.State.RUNNING);
            assertThat(soon.start(id, false, false, TestArchive.OFFICER).id())
                    .as("one at a time, wherever it runs")
                    .isEqualTo(theirs);
            later.beat();
            assertThat(soon.find(theirs).orElseThrow().state()).isEqualTo(Verification.State.FAILED);
        }
    }

    @Test
    void linksAreAddedNeverOverwrittenAndFoundAtOnce() {
        UUID id = evidence("戊");
        CaseLinks links = new CaseLinks(DATABASE.jdbc(), catalogue, DATABASE.transactions(), AUDIT, CLOCK);
        Evidence unused = links.link(id, CaseLinks.Kind.CLUE, "线索甲", null, TestArchive.OFFICER);
        Evidence ignored = links.link(id, CaseLinks.Kind.FACT, "虚构原价", null, TestArchive.OFFICER);
        Evidence after = links.link(id, CaseLinks.Kind.CLUE, "线索乙", "合并线索", TestArchive.OFFICER);
        assertThat(after.clueNo()).isEqualTo("线索乙");
        assertThat(after.version()).isEqualTo(4);
        assertThat(links.of(id)).extracting(CaseLinks.Link::value).containsExactly("线索甲", "虚构原价", "线索乙");
        assertThat(ids(EvidenceQuery.text("虚构原价"))).contains(id);
        assertThat(ids(EvidenceQuery.text("线索乙"))).contains(id);
        assertThat(ids(EvidenceQuery.text("线索甲"))).doesNotContain(id);
        assertThat(ids(EvidenceQuery.text("页面文字"))).contains(id);
        Evidence lifted = links.link(id, CaseLinks.Kind.CLUE, " ", "错误", TestArchive.OFFICER);
        assertThat(lifted.clueNo()).isNull();
        assertThat(links.of(id)).hasSize(4);
        assertThatThrownBy(() -> links.link(id, CaseLinks.Kind.SHOP, "长".repeat(201), null, TestArchive.OFFICER))
                .isInstanceOf(Problem.class);
        assertThatThrownBy(() -> links.review(id, "看过", TestArchive.OFFICER)).isInstanceOf(Problem.class);
        assertThat(actions(id)).hasSize(4);
    }

    private static List<UUID> ids(EvidenceQuery query) {
        return catalogue.search(query, null, 100).items().stream()
                .map(Evidence::id)
                .toList();
    }

    private static Actor officer(String role, LocalDate from, LocalDate to) {
        UUID account = UUID.randomUUID();
        DATABASE.jdbc()
                .sql(
                        "insert into account (id, username, display_name, state, created_at) values (:id, :name, '执法人员', 'ACTIVE', now())")
                .param("id", account)
                .param("name", "u" + account.toString().substring(0, 8))
                .update();
        DATABASE.jdbc()
                .sql(
                        "insert into officer (account_id, unit, certificate_no, valid_from, valid_to) values (:id, '单位', :no, :from, :to)")
                .param("id", account)
                .param("no", "C-" + account)
                .param("from", from)
                .param("to", to)
                .update();
        return new Actor(account.toString(), "执法人员", role, "C-" + account, null, null);
    }

    private static Actor officer(String role) {
        return officer(role, LocalDate.of(2020, 1, 1), LocalDate.of(2030, 1, 1));
    }

    private static Refusal refusal(Confirmations confirmations, UUID id, Actor actor) {
        try {
            Evidence unused = confirmations.confirm(id, actor, Method.OWN_SESSION);
            throw new AssertionError("confirmed");
        } catch (ConfirmationRefusedException refused) {
            return refused.refusal();
        }
    }

    @Test
    void twoDistinctOfficersWithCertificatesInForceMakeItComplete() throws Exception {
        UUID id = evidence("己");
        Confirmations confirmations = new Confirmations(
                DATABASE.jdbc(),
                catalogue,
                new Officers(DATABASE.jdbc(), DATABASE.transactions(), AUDIT, CLOCK),
                DATABASE.transactions(),
                AUDIT,
                CLOCK);
        Actor first = officer("INSPECTOR");
        Actor second = officer("SECOND_OFFICER");
        assertThat(refusal(confirmations, UUID.randomUUID(), first)).isEqualTo(Refusal.NO_SUCH_EVIDENCE);
        assertThat(refusal(confirmations, id, TestArchive.OFFICER)).isEqualTo(Refusal.NO_OFFICER);
        assertThat(refusal(confirmations, id, officer("ARCHIVIST"))).isEqualTo(Refusal.NO_OFFICER);
        assertThat(refusal(confirmations, id, officer("INSPECTOR,LEGAL_REVIEWER")))
                .isEqualTo(Refusal.LEGAL_REVIEWER);
        // Captured at 15:59 in Beijing on the 21st.
        assertThat(refusal(
                        confirmations, id, officer("INSPECTOR", LocalDate.of(2026, 11, 22), LocalDate.of(2030, 1, 1))))
                .isEqualTo(Refusal.CERTIFICATE_NOT_IN_FORCE);
        assertThat(refusal(
                        confirmations, id, officer("INSPECTOR", LocalDate.of(2020, 1, 1), LocalDate.of(2026, 11, 20))))
                .isEqualTo(Refusal.CERTIFICATE_NOT_IN_FORCE);
        assertThat(confirmations.confirm(id, first, Method.OWN_SESSION).confirmedAt())
                .isNull();
        assertThat(refusal(confirmations, id, first)).isEqualTo(Refusal.SAME_PERSON);
        assertThat(confirmations.confirm(id, second, Method.ON_THE_SPOT).confirmedAt())
                .isEqualTo(CLOCK.instant());
        assertThat(refusal(confirmations, id, officer("INSPECTOR"))).isEqualTo(Refusal.COMPLETE);
        assertThat(confirmations.of(id)).hasSize(2);
        assertThat(actions(id))
                .contains("evidence.confirm OK", "evidence.confirm REFUSED")
                .hasSize(2 + 7);
    }

    @Test
    void aReviewerDoesNotGetHisOwnCaptureAndAnAdministratorGetsNone() {
        UUID id = evidence("庚");
        EvidenceAccess access = new EvidenceAccess(catalogue, DATABASE.transactions(), AUDIT, CLOCK);
        Actor reviewer = new Actor("reviewer", "审核", "LEGAL_REVIEWER", null, null, "s");
        Actor own = new Actor("officer-1", "审核", "LEGAL_REVIEWER", null, null, "s");
        Actor administrator = new Actor("admin", "管理", "SYSTEM_ADMINISTRATOR", null, null, "s");
        assertThat(access.open(id, reviewer, "evidence.view", "page").id()).isEqualTo(id);
        assertThat(access.open(id, reviewer, "evidence.view", "page").id()).isEqualTo(id);
        assertThatThrownBy(() -> access.open(id, own, "evidence.view", "page"))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo("catalogue.own-capture"));
        assertThatThrownBy(() -> access.open(id, administrator, "evidence.view", "page"))
                .isInstanceOf(Problem.class);
        assertThatThrownBy(() -> access.open(UUID.randomUUID(), reviewer, "evidence.view", "page"))
                .isInstanceOf(Problem.class);
        assertThat(actions(id)).containsExactly("evidence.view OK", "evidence.view REFUSED", "evidence.view REFUSED");
        assertThat(EvidenceAccess.hiddenOfficer(own)).isEqualTo("officer-1");
        assertThat(EvidenceAccess.hiddenOfficer(TestArchive.OFFICER)).isNull();
    }

    /** The real store, but one byte of one object is another, or nothing can be read (-1). */
    private static class Changed implements ObjectStore {
        private final ObjectStore inner;
        private final ObjectVersion changed;
        private final long at;

        Changed(ObjectStore inner, ObjectVersion changed, long at) {
            this.inner = inner;
            this.changed = changed;
            this.at = at;
        }

        @Override
        public StoredObject put(PutRequest request, InputStream content) throws IOException {
            return inner.put(request, content);
        }

        @Override
        public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
            if (at == -1) {
                throw new IOException("store is down");
            }
            if (!version.equals(changed) || at < offset || at >= offset + length) {
                return inner.get(version, offset, length);
            }
            try (InputStream in = inner.get(version, offset, length)) {
                byte[] bytes = in.readNBytes((int) length);
                bytes[(int) (at - offset)] ^= 1;
                return new java.io.ByteArrayInputStream(bytes);
            }
        }

        @Override
        public Optional<StoredObject> head(ObjectVersion version) throws IOException {
            return inner.head(version);
        }

        @Override
        public void list(String prefix, Consumer<StoredObject> consumer) throws IOException {
            inner.list(prefix, consumer);
        }

        @Override
        public void extendRetention(ObjectVersion version, Instant until) throws IOException {
            inner.extendRetention(version, until);
        }

        @Override
        public void setLegalHold(ObjectVersion version, boolean on) throws IOException {
            inner.setLegalHold(version, on);
        }

        @Override
        public void delete(ObjectVersion version) throws IOException {
            inner.delete(version);
        }

        @Override
        public StoreDescription describe() {
            return inner.describe();
        }
    }

    @Test
    void aLargePackageIsVerifiedInOrderWithFewRequestsToTheStore() throws Exception {
        UUID id = archive.archive(
                packages.makeLarge("大", "http://shop.example/large", 40L << 20), NewEvidence.InitialLinks.NONE);
        int[] requests = {0};
        ObjectStore counted = new Changed(store, null, -2) {
            @Override
            public InputStream get(ObjectVersion version, long offset, long length) throws IOException {
                requests[0]++;
                return super.get(version, offset, length);
            }
        };
        try (VerifyNow verifications = verifyNow(counted)) {
            Verification done = await(
                    verifications,
                    verifications.start(id, false, false, TestArchive.OFFICER).id());
            assertThat(done.verdict()).isEqualTo(Verdict.VALID);
        }
        assertThat(requests[0]).isLessThan(120);
    }
}
