package org.tiezheng.archive.retention;

import java.io.IOException;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.storage.ObjectLockedException;

/**
 * Disposal (销毁) of evidence that was appraised so.
 *
 * <pre>
 * list frozen with its digest ──▶ PROPOSED ──▶ APPROVED ──(no lock is left)──▶ RUNNING ──▶ DONE
 *                                    │  └▶ REFUSED  │
 *                                    └──▶ CANCELLED ◀┘      until the first object is about to go
 * </pre>
 *
 * <p>Nothing is destroyed that is held, whose period has not ended, whose case is open, that awaits review or is being verified
 * ({@link Blocker}): looked at when the list is made, when it is approved, and again in the transaction before the first object of
 * each piece goes; what became forbidden by then is left out, and the certificate says so. A lock that has not ended cannot be
 * shortened: the whole list waits until the last of its objects is free in every copy.
 *
 * <p>What a crash leaves, and {@link #work} completes at the next turn:
 *
 * <ul>
 *   <li>APPROVED: nothing was done
 *   <li>RUNNING, an item PENDING: it is looked at again
 *   <li>an item DELETING: its leaf {@code deletion} was committed with that; once the log has signed it, its objects are copied to {@code disposal_object}; those PENDING are deleted, which finds nothing where one
 *       is gone already
 *   <li>all objects gone, catalogue rows there: removed in one transaction with the audit event
 *   <li>all items ended, no certificate: its text is fixed in the row first, so that a repeated put gives the same object
 *   <li>certificate in the store, not DONE: put again, which gives the same; then row, leaves and audit event in one transaction
 * </ul>
 *
 * An object that other evidence consists of too stays; the certificate says SHARED. Lists, items, objects and certificates are never
 * removed. Safe for use by many threads; {@link #work} is for one server at a time.
 */
public final class Disposals {
    private static final Logger LOG = LoggerFactory.getLogger(Disposals.class);
    /** Most pieces of evidence on one list. */
    public static final int MOST = 1000;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final Appraisals appraisals;
    private final Approvals approvals;
    private final Holds holds;
    private final RetentionRules rules;
    private final ObjectCopies copies;
    private final KeptObjects kept;
    private final LogQueue log;
    private final AuditLog audit;
    private final Clock clock;
    private final DisposalStep.Watch watch;
    private final Announced announced;

    /** Whether the log has signed all leaves {@code deletion} of a disposal: nobody outside is to miss an object before. */
    @FunctionalInterface
    interface Announced {
        boolean all(UUID disposalId);
    }

    Disposals(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            Appraisals appraisals,
            Approvals approvals,
            Holds holds,
            RetentionRules rules,
            ObjectCopies copies,
            KeptObjects kept,
            LogQueue log,
            AuditLog audit,
            Clock clock,
            DisposalStep.Watch watch,
            Announced announced) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.appraisals = appraisals;
        this.approvals = approvals;
        this.holds = holds;
        this.rules = rules;
        this.copies = copies;
        this.kept = kept;
        this.log = log;
        this.audit = audit;
        this.clock = clock;
        this.watch = watch;
        this.announced = announced;
        approvals.register(Approval.Kind.DISPOSAL, new Approvals.Matter() {
            @Override
            public void approved(Approval approval, Actor by) {
                Disposals.this.approved(approval, by);
            }

            @Override
            public void ended(Approval approval, Actor by) {
                end(UUID.fromString(approval.subject()), Disposal.State.REFUSED, "PROPOSED", null, by);
            }
        });
    }

    // ---- the list -----------------------------------------------------------------------------------------------

    /**
     * Why evidence must not be destroyed, lock aside; empty if nothing forbids it.
     *
     * @param appraised whether there is a decision to destroy it
     */
    public Optional<Blocker> blocker(UUID evidenceId, boolean appraised) {
        if (holds.isHeld(evidenceId)) {
            return Optional.of(Blocker.HELD);
        }
        record Row(boolean disposed, @Nullable String caseNo, boolean review, boolean verifying, boolean ended) {}
        Row row = jdbc.sql("""
                        select e.disposed_at is not null as disposed, e.case_no, e.automatic and e.reviewed_at is null as review,
                            exists (select 1 from verification v where v.evidence_id = e.id and v.state = 'RUNNING') as verifying,
                            coalesce(r.ends_at <= :now, false) as ended
                        from evidence e left join evidence_retention r on r.evidence_id = e.id where e.id = :id""")
                .param("id", evidenceId)
                .param("now", Retentions.stamp(clock.instant()))
                .query((found, number) -> new Row(
                        found.getBoolean("disposed"),
                        found.getString("case_no"),
                        found.getBoolean("review"),
                        found.getBoolean("verifying"),
                        found.getBoolean("ended")))
                .optional()
                .orElseThrow(() -> Problem.notFound(evidenceId.toString()));
        if (row.disposed()) {
            return Optional.of(Blocker.DISPOSED);
        }
        String caseNo = row.caseNo();
        if (caseNo != null && rules.caseState(caseNo).map(CaseState::open).orElse(true)) {
            return Optional.of(Blocker.OPEN_CASE);
        }
        if (!row.ended()) {
            return Optional.of(Blocker.NOT_ENDED);
        }
        if (row.review()) {
            return Optional.of(Blocker.UNDER_REVIEW);
        }
        if (row.verifying()) {
            return Optional.of(Blocker.UNDER_VERIFICATION);
        }
        return appraised ? Optional.empty() : Optional.of(Blocker.NOT_APPRAISED);
    }

    /**
     * Makes a list and asks for its approval by a responsible leader who is not {@code by}.
     *
     * @param appraisalIds decisions to destroy
     * @param supervisors two different persons, neither of them {@code by}: user names, or names of persons without an account
     * @throws Problem 409 if one of them must not be destroyed, or is on a list already; 400 if something is missing
     */
    public Disposal propose(
            Collection<UUID> appraisalIds, String opinion, String method, List<String> supervisors, Actor by) {
        String text = Texts.required("opinion", opinion);
        String how = Texts.required("method", method);
        List<Supervisors.Supervisor> chosen = new Supervisors(jdbc).chosen(supervisors, by);
        List<String> names = chosen.stream().map(Supervisors.Supervisor::name).toList();
        Set<UUID> wanted = new LinkedHashSet<>(appraisalIds);
        if (wanted.isEmpty()) {
            throw Problem.invalid("appraisals", "required");
        }
        if (wanted.size() > MOST) {
            throw Problem.invalid("appraisals", "too-long", MOST);
        }
        UUID id = UUID.randomUUID();
        try {
            transactions.executeWithoutResult(status -> {
                List<DisposalPapers.Listed> items = new ArrayList<>();
                List<Appraisals.Appraisal> listed = new ArrayList<>();
                for (UUID one : wanted) {
                    Appraisals.Appraisal appraisal =
                            appraisals.find(one).orElseThrow(() -> Problem.notFound(one.toString()));
                    requireDestroyable(appraisal);
                    items.add(listed(appraisal));
                    listed.add(appraisal);
                }
                Instant now = clock.instant();
                String list = DisposalPapers.list(id.toString(), items, text, how, names, by.name(), now);
                UUID approval = approvals.propose(
                        Approval.Kind.DISPOSAL,
                        id.toString(),
                        Approvals.content()
                                .put("listSha256", DisposalPapers.sha256(list))
                                .put("items", items.size()),
                        text,
                        by);
                insert(id, list, text, how, chosen, approval, now, by);
                int position = 0;
                for (Appraisals.Appraisal appraisal : listed) {
                    insertItem(id, position++, appraisal);
                }
                audit.append(new AuditEvent(
                        by,
                        "disposal.propose",
                        "disposal",
                        id.toString(),
                        DisposalPapers.sha256(list),
                        AuditEvent.Result.OK,
                        items.size() + " pieces of evidence, supervised by " + String.join(", ", names),
                        approval.toString()));
            });
        } catch (DuplicateKeyException already) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.listed-already").because(already);
        }
        return find(id).orElseThrow();
    }

    private void requireDestroyable(Appraisals.Appraisal appraisal) {
        boolean appraised = appraisal.decision() == Appraisals.Decision.DESTROY
                && (appraisal.state() == Appraisals.State.PROPOSED || appraisal.state() == Appraisals.State.LISTED);
        blocker(appraisal.evidenceId(), appraised).ifPresent(blocker -> {
            throw Problem.of(HttpStatus.CONFLICT, "retention.blocked", appraisal.number(), blocker.name());
        });
    }

    private DisposalPapers.Listed listed(Appraisals.Appraisal appraisal) {
        return jdbc.sql("""
                        select e.*, r.class_id, r.rule_id, r.approval_doc, r.ends_at,
                            (select count(*) from evidence_object o where o.evidence_id = e.id) as objects
                        from evidence e join evidence_retention r on r.evidence_id = e.id where e.id = :id""")
                .param("id", appraisal.evidenceId())
                .query((row, number) -> new DisposalPapers.Listed(
                        row.getString("id"),
                        row.getLong("number"),
                        row.getString("archival_code"),
                        row.getString("title"),
                        row.getString("case_no"),
                        Retentions.time(row, "captured_from"),
                        row.getString("sha256"),
                        row.getString("sm3"),
                        row.getLong("package_bytes"),
                        row.getInt("objects"),
                        row.getString("class_id"),
                        row.getString("rule_id"),
                        row.getString("approval_doc"),
                        Retentions.time(row, "ends_at"),
                        appraisal.byName(),
                        appraisal.at(),
                        appraisal.opinion()))
                .single();
    }

    private void insert(
            UUID id,
            String list,
            String opinion,
            String method,
            List<Supervisors.Supervisor> supervisors,
            UUID approval,
            Instant now,
            Actor by) {
        jdbc.sql("""
                        insert into disposal (id, state, list, list_sha256, opinion, method, supervisors, supervisor_ids,
                            proposed_by, proposed_by_name, proposed_at, approval_id)
                        values (:id, 'PROPOSED', :list, :sha256, :opinion, :method, :supervisors, :ids, :by, :name, :at,
                            :approval)""")
                .param("id", id)
                .param("list", list)
                .param("sha256", DisposalPapers.sha256(list))
                .param("opinion", opinion)
                .param("method", method)
                .param(
                        "supervisors",
                        supervisors.stream().map(Supervisors.Supervisor::name).toArray(String[]::new))
                .param(
                        "ids",
                        supervisors.stream()
                                .map(Supervisors.Supervisor::accountId)
                                .toArray(String[]::new))
                .param("by", by.id())
                .param("name", by.name())
                .param("at", Retentions.stamp(now))
                .param("approval", approval)
                .update();
    }

    private void insertItem(UUID id, int position, Appraisals.Appraisal appraisal) {
        jdbc.sql("""
                        insert into disposal_item (disposal_id, position, evidence_id, appraisal_id, state, changed_at)
                        values (:id, :position, :evidence, :appraisal, 'PENDING', :at)""")
                .param("id", id)
                .param("position", position)
                .param("evidence", appraisal.evidenceId())
                .param("appraisal", appraisal.id())
                .param("at", Retentions.stamp(clock.instant()))
                .update();
        appraisals.become(appraisal.id(), Appraisals.State.LISTED);
    }

    private void approved(Approval approval, Actor by) {
        UUID id = UUID.fromString(approval.subject());
        Disposal disposal = find(id).orElseThrow();
        if (!DisposalPapers.sha256(disposal.list()).equals(disposal.listSha256())
                || !disposal.listSha256()
                        .equals(approval.content().path("listSha256").asString())) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.list-changed");
        }
        if (disposal.isSupervisedBy(by)) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.approver-supervises");
        }
        for (Item item : items(id, "PENDING")) {
            blocker(item.evidenceId(), true).ifPresent(blocker -> {
                throw Problem.of(HttpStatus.CONFLICT, "retention.blocked", number(item.evidenceId()), blocker.name());
            });
        }
        int changed = jdbc.sql("""
                        update disposal set state = 'APPROVED', approved_by = :by, approved_by_name = :name, approved_at = :at
                        where id = :id and state = 'PROPOSED'""")
                .param("by", by.id())
                .param("name", by.name())
                .param("at", Retentions.stamp(clock.instant()))
                .param("id", id)
                .update();
        if (changed == 0) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.decided-already");
        }
        audit.append(event(disposal, by, "disposal.approve", null));
    }

    private long number(UUID evidenceId) {
        return jdbc.sql("select number from evidence where id = :id")
                .param("id", evidenceId)
                .query(Long.class)
                .single();
    }

    private static AuditEvent event(Disposal disposal, Actor by, String action, @Nullable String reason) {
        return new AuditEvent(
                by,
                action,
                "disposal",
                disposal.id().toString(),
                disposal.listSha256(),
                AuditEvent.Result.OK,
                reason,
                disposal.approvalId().toString());
    }

    /**
     * Undoes a list that was approved, until the first object is about to go. Its evidence is in the queue again, with the decision
     * it had. One that waits for approval is withdrawn by who proposed it, or refused.
     *
     * @throws Problem 409 if it has begun, or is not approved
     */
    public void cancel(UUID id, String reason, Actor by) {
        String why = Texts.required("reason", reason);
        transactions.executeWithoutResult(status -> end(id, Disposal.State.CANCELLED, "APPROVED", why, by));
    }

    private void end(UUID id, Disposal.State to, String from, @Nullable String reason, Actor by) {
        Disposal disposal = find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        int changed = jdbc.sql("""
                        update disposal set state = :to, ended_at = :at, ended_by_name = :name, end_reason = :reason, waits = null
                        where id = :id and state = :from and started_at is null""")
                .param("to", to.name())
                .param("from", from)
                .param("at", Retentions.stamp(clock.instant()))
                .param("name", by.name())
                .param("reason", reason == null ? to.name() : reason)
                .param("id", id)
                .update();
        if (changed == 0) {
            throw Problem.of(HttpStatus.CONFLICT, "retention.not-cancellable");
        }
        jdbc.sql("""
                        update appraisal set state = 'PROPOSED' where state = 'LISTED'
                            and id in (select appraisal_id from disposal_item where disposal_id = :id)""").param("id", id).update();
        jdbc.sql(
                        "update disposal_item set state = 'CANCELLED', changed_at = :at where disposal_id = :id and state = 'PENDING'")
                .param("at", Retentions.stamp(clock.instant()))
                .param("id", id)
                .update();
        audit.append(event(disposal, by, "disposal." + (to == Disposal.State.REFUSED ? "refuse" : "cancel"), reason));
    }

    // ---- work ---------------------------------------------------------------------------------------------------

    private record Item(int position, UUID evidenceId, UUID appraisalId) {}

    private List<Item> items(UUID id, String state) {
        return jdbc.sql("""
                        select position, evidence_id, appraisal_id from disposal_item
                        where disposal_id = :id and state = :state order by position""")
                .param("id", id)
                .param("state", state)
                .query((row, number) -> new Item(
                        row.getInt("position"),
                        row.getObject("evidence_id", UUID.class),
                        row.getObject("appraisal_id", UUID.class)))
                .list();
    }

    /** Takes every approved list as far as it goes now. @return lists that came to their end */
    public int work() {
        int done = 0;
        List<UUID> open = jdbc.sql("select id from disposal where state in ('APPROVED', 'RUNNING') order by number")
                .query(UUID.class)
                .list();
        for (UUID id : open) {
            try {
                done += advance(id) ? 1 : 0;
            } catch (IOException fault) {
                LOG.warn("disposal {} waits: {}", id, fault.getMessage());
                waits(id, String.valueOf(fault.getMessage()));
            }
        }
        return done;
    }

    private void waits(UUID id, @Nullable String why) {
        transactions.executeWithoutResult(status -> jdbc.sql(
                        "update disposal set waits = :why where id = :id and waits is distinct from :why::text")
                .param("why", why)
                .param("id", id)
                .update());
    }

    private boolean advance(UUID id) throws IOException {
        Disposal disposal = find(id).orElseThrow();
        if (disposal.state() == Disposal.State.APPROVED) {
            leaveOut(disposal);
            if (items(id, "PENDING").isEmpty()) {
                transactions.executeWithoutResult(status -> end(
                        id, Disposal.State.CANCELLED, "APPROVED", "nothing on it may be destroyed", Retentions.SYSTEM));
                return true;
            }
            String lock = locked(id);
            if (lock != null) {
                waits(id, lock);
                return false;
            }
            if (!start(disposal)) {
                return false;
            }
            watch.reached(DisposalStep.STARTED);
        }
        IOException later = null;
        for (Item item : items(id, "PENDING")) {
            try {
                if (begin(disposal, item)) {
                    watch.reached(DisposalStep.ITEM_STARTED);
                }
            } catch (IOException waits) {
                later = waits;
            }
        }
        if (!announced.all(id)) {
            waits(id, "the log says first that the destruction begins");
            return false;
        }
        for (Item item : items(id, "DELETING")) {
            destroy(disposal, item);
        }
        if (later != null) {
            throw later;
        }
        certify(id);
        return true;
    }

    /** {@link Announced} by the tables of the log: no leaf waits, none is behind the newest signed checkpoint. */
    static Announced announcedBy(JdbcClient jdbc) {
        return id -> jdbc.sql("""
                        select not exists (select 1 from log_queue q join disposal_item i on i.evidence_id = q.evidence_id
                                where q.kind = 'deletion' and i.disposal_id = :id)
                            and not exists (select 1 from log_entry e join disposal_item i on i.evidence_id = e.evidence_id
                                where e.kind = 'deletion' and i.disposal_id = :id
                                    and e.pos >= (select signed from log_state))""").param("id", id).query(Boolean.class).single();
    }

    /** What became forbidden since the approval. */
    private void leaveOut(Disposal disposal) {
        for (Item item : items(disposal.id(), "PENDING")) {
            transactions.executeWithoutResult(status -> {
                boolean unused = leaveOut(disposal, item);
            });
        }
    }

    private boolean leaveOut(Disposal disposal, Item item) {
        // The lock makes a hold, a link or a verification that comes at this moment come before or after.
        int there = jdbc.sql("select count(*) from (select 1 from evidence where id = :id for update) as locked")
                .param("id", item.evidenceId())
                .query(Integer.class)
                .single();
        Optional<Blocker> blocker = there == 0 ? Optional.of(Blocker.DISPOSED) : blocker(item.evidenceId(), true);
        if (blocker.isEmpty() || blocker.get() == Blocker.UNDER_VERIFICATION) {
            return false;
        }
        become(disposal.id(), item, Disposal.ItemState.LEFT_OUT, blocker.get().name());
        jdbc.sql("update appraisal set state = 'PROPOSED' where id = :id and state = 'LISTED'")
                .param("id", item.appraisalId())
                .update();
        audit.append(new AuditEvent(
                Retentions.SYSTEM,
                "disposal.leave-out",
                "evidence",
                item.evidenceId().toString(),
                null,
                AuditEvent.Result.REFUSED,
                "disposal " + disposal.number() + ": " + blocker.get(),
                disposal.id().toString()));
        return true;
    }

    private void become(UUID id, Item item, Disposal.ItemState state, @Nullable String why) {
        jdbc.sql("""
                        update disposal_item set state = :state, why = :why, changed_at = :at
                        where disposal_id = :id and position = :position""")
                .param("state", state.name())
                .param("why", why)
                .param("at", Retentions.stamp(clock.instant()))
                .param("id", id)
                .param("position", item.position())
                .update();
    }

    private record Part(int position, String member, String key, String sha256, long sizeBytes) {}

    private List<Part> parts(UUID evidenceId) {
        return jdbc.sql("""
                        select position, member, key, sha256, size_bytes from evidence_object where evidence_id = :id
                        order by position""").param("id", evidenceId).query(Disposals::part).list();
    }

    private static Part part(ResultSet row, int number) throws SQLException {
        return new Part(
                row.getInt("position"),
                row.getString("member"),
                row.getString("key"),
                row.getString("sha256"),
                row.getLong("size_bytes"));
    }

    /** What keeps the list from beginning: a lock or hold in the store on an object that would go; null if nothing. */
    private @Nullable String locked(UUID id) throws IOException {
        Instant now = clock.instant();
        // The rows first: asking the stores for every object each turn, for years, helps nobody.
        List<Instant> behind = jdbc.sql("""
                        select r.locked_until from disposal_item i join evidence_retention r on r.evidence_id = i.evidence_id
                        where i.disposal_id = :id and i.state = 'PENDING' and r.locked_until > :now
                        order by r.locked_until desc limit 1""")
                .param("id", id)
                .param("now", Retentions.stamp(now))
                .query((row, number) -> Retentions.time(row, "locked_until"))
                .list();
        if (!behind.isEmpty()) {
            return "locked until " + behind.get(0);
        }
        for (Item item : items(id, "PENDING")) {
            if (blocker(item.evidenceId(), true).isPresent()) {
                return "evidence " + number(item.evidenceId()) + " is being verified";
            }
            for (Part part : parts(item.evidenceId())) {
                if (isShared(item.evidenceId(), part.key())) {
                    continue;
                }
                for (ObjectCopies.Copy copy : copies.all(part.key())) {
                    if (copy.object().isLockedAt(now)) {
                        return "evidence " + number(item.evidenceId()) + ": "
                                + copy.store().describe().id() + " keeps " + part.member() + ", "
                                + copy.object().retention() + (copy.object().legalHold() ? ", legal hold" : "");
                    }
                }
            }
        }
        return null;
    }

    /** Other evidence, a package on its way in, or what the archive itself keeps consists of the same bytes. */
    private boolean isShared(UUID evidenceId, String key) {
        return jdbc.sql("""
                        select exists (select 1 from evidence_object where key = :key and evidence_id <> :id)
                            or exists (select 1 from upload_object where key = :key)
                            or exists (select 1 from kept_object where key = :key)""")
                .param("key", key)
                .param("id", evidenceId)
                .query(Boolean.class)
                .single();
    }

    private boolean start(Disposal disposal) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            int changed = jdbc.sql("""
                            update disposal set state = 'RUNNING', started_at = :at, waits = null
                            where id = :id and state = 'APPROVED'""")
                    .param("at", Retentions.stamp(clock.instant()))
                    .param("id", disposal.id())
                    .update();
            if (changed == 1) {
                audit.append(event(disposal, Retentions.SYSTEM, "disposal.start", null));
            }
            return changed == 1;
        }));
    }

    private boolean begin(Disposal disposal, Item item) throws IOException {
        record Began(boolean began, boolean waits) {}
        Began result = Objects.requireNonNull(transactions.execute(status -> {
            if (leaveOut(disposal, item)) {
                return new Began(false, false);
            }
            if (blocker(item.evidenceId(), true).isPresent()) {
                return new Began(false, true);
            }
            jdbc.sql("""
                            insert into disposal_object (disposal_id, evidence_id, position, member, sha256, size_bytes, key,
                                version_id, state, changed_at)
                            select :id, evidence_id, position, member, sha256, size_bytes, key, version_id, 'PENDING', :at
                            from evidence_object where evidence_id = :evidence""")
                    .param("id", disposal.id())
                    .param("evidence", item.evidenceId())
                    .param("at", Retentions.stamp(clock.instant()))
                    .update();
            become(disposal.id(), item, Disposal.ItemState.DELETING, null);
            log.append(LogEvent.of(
                    LogEvent.Kind.DELETION,
                    item.evidenceId(),
                    Digest.sha256(disposal.listSha256()),
                    null,
                    clock.instant()));
            return new Began(true, false);
        }));
        if (result.waits()) {
            throw new IOException("evidence " + number(item.evidenceId()) + " is being verified");
        }
        return result.began();
    }

    private void destroy(Disposal disposal, Item item) throws IOException {
        List<Part> parts = jdbc.sql("""
                        select position, member, key, sha256, size_bytes from disposal_object
                        where disposal_id = :id and evidence_id = :evidence and state = 'PENDING' order by position""")
                .param("id", disposal.id())
                .param("evidence", item.evidenceId())
                .query(Disposals::part)
                .list();
        for (Part part : parts) {
            Integer versions = null;
            boolean shared = isShared(item.evidenceId(), part.key());
            if (!shared) {
                try {
                    versions = copies.destroy(part.key(), clock.instant());
                } catch (ObjectLockedException locked) {
                    throw new IOException(
                            "evidence " + number(item.evidenceId()) + ", " + part.member() + ": " + locked.getMessage(),
                            locked);
                }
                // If we die here, the next run finds nothing under this key, and writes the row.
                watch.reached(DisposalStep.OBJECT_GONE);
            }
            written(disposal.id(), item.evidenceId(), part, shared ? "SHARED" : "DELETED", versions);
            watch.reached(DisposalStep.OBJECT_WRITTEN);
        }
        transactions.executeWithoutResult(status -> {
            jdbc.sql("select bury_evidence(:evidence, :id, :at::timestamptz)")
                    .param("evidence", item.evidenceId())
                    .param("id", disposal.id())
                    .param("at", Retentions.stamp(clock.instant()))
                    .query((row, number) -> true)
                    .single();
            become(disposal.id(), item, Disposal.ItemState.DELETED, null);
            appraisals.become(item.appraisalId(), Appraisals.State.DONE);
            audit.append(new AuditEvent(
                    Retentions.SYSTEM,
                    "evidence.dispose",
                    "evidence",
                    item.evidenceId().toString(),
                    null,
                    AuditEvent.Result.OK,
                    "disposal " + disposal.number() + ", approved by " + disposal.approvedByName(),
                    disposal.approvalId().toString()));
        });
        watch.reached(DisposalStep.ITEM_DONE);
    }

    private void written(UUID id, UUID evidenceId, Part part, String state, @Nullable Integer versions) {
        transactions.executeWithoutResult(status -> jdbc.sql("""
                        update disposal_object set state = :state, versions = :versions, changed_at = :at
                        where disposal_id = :id and evidence_id = :evidence and position = :position""")
                .param("state", state)
                .param("versions", versions)
                .param("at", Retentions.stamp(clock.instant()))
                .param("id", id)
                .param("evidence", evidenceId)
                .param("position", part.position())
                .update());
    }

    // ---- the certificate ----------------------------------------------------------------------------------------

    private void certify(UUID id) throws IOException {
        Disposal disposal = find(id).orElseThrow();
        String paper = disposal.certificate();
        if (paper == null) {
            Instant now = clock.instant();
            paper = DisposalPapers.certificate(disposal, copies.storeIds(), results(id), now);
            String text = paper;
            transactions.executeWithoutResult(status -> jdbc.sql("""
                            update disposal set certificate = :paper, ended_at = :at, waits = null
                            where id = :id and certificate is null""")
                    .param("paper", text)
                    .param("at", Retentions.stamp(now))
                    .param("id", id)
                    .update());
            watch.reached(DisposalStep.CERTIFICATE_WRITTEN);
        }
        byte[] bytes = DisposalPapers.bytes(paper);
        String sha256 = DisposalPapers.sha256(paper);
        KeptObject stored = kept.store(KeptObjects.Kind.DISPOSAL_CERTIFICATE, id, bytes, rules.horizon());
        watch.reached(DisposalStep.CERTIFICATE_STORED);
        transactions.executeWithoutResult(status -> {
            KeptObject unused = kept.keep(stored);
            int changed = jdbc.sql("""
                            update disposal set state = 'DONE', certificate_sha256 = :sha256 where id = :id and state = 'RUNNING'""").param("sha256", sha256).param("id", id).update();
            if (changed == 0) {
                return;
            }
            for (Item item : items(id, "DELETED")) {
                log.append(LogEvent.ofObject(
                        LogEvent.Kind.DISPOSAL,
                        item.evidenceId(),
                        Digest.sha256(sha256),
                        bytes.length,
                        stored.until(),
                        clock.instant()));
            }
            audit.append(new AuditEvent(
                    Retentions.SYSTEM,
                    "disposal.done",
                    "disposal",
                    id.toString(),
                    sha256,
                    AuditEvent.Result.OK,
                    null,
                    disposal.approvalId().toString()));
        });
        watch.reached(DisposalStep.DONE);
    }

    private List<DisposalPapers.Result> results(UUID id) {
        record Row(
                UUID evidence,
                long number,
                String sha256,
                String state,
                @Nullable String why,
                Instant at) {}
        List<Row> rows = jdbc.sql("""
                        select i.evidence_id, e.number, e.sha256, i.state, i.why, i.changed_at
                        from disposal_item i join evidence e on e.id = i.evidence_id
                        where i.disposal_id = :id order by i.position""")
                .param("id", id)
                .query((row, number) -> new Row(
                        row.getObject("evidence_id", UUID.class),
                        row.getLong("number"),
                        row.getString("sha256"),
                        row.getString("state"),
                        row.getString("why"),
                        Retentions.time(row, "changed_at")))
                .list();
        return rows.stream()
                .map(row -> new DisposalPapers.Result(
                        row.evidence().toString(),
                        row.number(),
                        row.sha256(),
                        row.state(),
                        row.why(),
                        row.at(),
                        gone(id, row.evidence())))
                .toList();
    }

    private List<DisposalPapers.Gone> gone(UUID id, UUID evidenceId) {
        return jdbc.sql("""
                        select member, sha256, size_bytes, state, versions from disposal_object
                        where disposal_id = :id and evidence_id = :evidence order by position""")
                .param("id", id)
                .param("evidence", evidenceId)
                .query((row, number) -> {
                    int versions = row.getInt("versions");
                    return new DisposalPapers.Gone(
                            row.getString("member"),
                            row.getString("sha256"),
                            row.getLong("size_bytes"),
                            row.getString("state"),
                            row.wasNull() ? null : versions);
                })
                .list();
    }

    // ---- looking ------------------------------------------------------------------------------------------------

    /** Whether objects of this evidence are being deleted: rows of the catalogue may name objects that are gone. */
    public boolean isUnderWay(UUID evidenceId) {
        return jdbc.sql("select exists (select 1 from disposal_item where evidence_id = :id and state = 'DELETING')")
                .param("id", evidenceId)
                .query(Boolean.class)
                .single();
    }

    /** Who can be chosen to oversee a disposal by account. */
    List<Supervisors.Choice> supervisorChoices() {
        return new Supervisors(jdbc).choices();
    }

    public Optional<Disposal> find(UUID id) {
        return jdbc.sql("select * from disposal where id = :id")
                .param("id", id)
                .query(Disposals::row)
                .optional();
    }

    /** Newest first. @param before number of the last one seen; {@link Long#MAX_VALUE} to begin */
    public List<Disposal> list(long before, int most) {
        return list(before, false, most);
    }

    /** As {@link #list(long, int)}. @param open only those that wait for a decision or are being carried out */
    public List<Disposal> list(long before, boolean open, int most) {
        return jdbc.sql("select * from disposal where number < :before"
                        + (open ? " and state in ('PROPOSED', 'APPROVED', 'RUNNING')" : "")
                        + " order by number desc limit :most")
                .param("before", before)
                .param("most", most)
                .query(Disposals::row)
                .list();
    }

    /** In the order of the list. */
    public List<Disposal.Item> items(UUID id) {
        return jdbc.sql("""
                        select i.*, e.number, e.title,
                            (select count(*) from disposal_object o where o.disposal_id = i.disposal_id
                                and o.evidence_id = i.evidence_id) as objects,
                            (select count(*) from disposal_object o where o.disposal_id = i.disposal_id
                                and o.evidence_id = i.evidence_id and o.state = 'DELETED') as deleted
                        from disposal_item i join evidence e on e.id = i.evidence_id
                        where i.disposal_id = :id order by i.position""")
                .param("id", id)
                .query((row, number) -> new Disposal.Item(
                        row.getInt("position"),
                        row.getObject("evidence_id", UUID.class),
                        row.getLong("number"),
                        row.getString("title"),
                        Disposal.ItemState.valueOf(row.getString("state")),
                        row.getString("why"),
                        row.getLong("objects"),
                        row.getLong("deleted"),
                        Retentions.time(row, "changed_at")))
                .list();
    }

    private static Disposal row(ResultSet row, int number) throws SQLException {
        return new Disposal(
                row.getObject("id", UUID.class),
                row.getLong("number"),
                Disposal.State.valueOf(row.getString("state")),
                row.getString("list"),
                row.getString("list_sha256"),
                row.getString("opinion"),
                row.getString("method"),
                texts(row, "supervisors"),
                texts(row, "supervisor_ids"),
                row.getString("proposed_by_name"),
                Retentions.time(row, "proposed_at"),
                row.getObject("approval_id", UUID.class),
                row.getString("approved_by_name"),
                Retentions.timeIfAny(row, "approved_at"),
                Retentions.timeIfAny(row, "started_at"),
                Retentions.timeIfAny(row, "ended_at"),
                row.getString("ended_by_name"),
                row.getString("end_reason"),
                row.getString("certificate"),
                row.getString("certificate_sha256"),
                row.getString("waits"));
    }

    private static List<String> texts(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        if (array == null) {
            return List.of();
        }
        try {
            return List.of((String[]) array.getArray());
        } finally {
            array.free();
        }
    }
}
