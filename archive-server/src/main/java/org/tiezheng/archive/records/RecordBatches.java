package org.tiezheng.archive.records;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.log.LogQueue;
import org.tiezheng.archive.stores.KeptObject;
import org.tiezheng.archive.stores.KeptObjects;
import org.tiezheng.archive.web.Problem;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Finding;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.record.GroupMismatchException;
import org.tiezheng.evidence.record.RecordBatch;
import org.tiezheng.evidence.record.TreeHash;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampChecks;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.trust.AlgorithmPolicy;

/**
 * Makes batches of evidence records and renews them. Every step is durable, and each is done again or taken up after a crash:
 *
 * <pre>
 * FIRST   queue ──choose──> CHOSEN ──token──> STAMPED ──put object──> ──row, leaf, audit event──> DONE
 * TOKEN   due   ──choose──> CHOSEN ──CRLs, token──> STAMPED ──put──> ──row, leaf, audit event──> DONE
 * TREE    due   ──choose──> READING ──read each package──> CRLs ──> CHOSEN ──token──> STAMPED ──put──> … DONE
 * </pre>
 *
 * <p>Dying after the choice leaves a batch whose packages are fixed; after a token was given and before it was saved, a token that
 * nobody uses, and another one is asked for; after the put, an object without a row, which the repeated put takes up, since its
 * bytes follow from the rows. Packages that were read again stay read. Two servers that work at once both do the work, and one of
 * them changes the state; the lease in {@code record_state} only saves them the trouble.
 *
 * <p>An authority that is down delays a batch; nothing is made without its token. A package with a bad object stays behind with
 * the record it has and is reported; nothing bad is ever stamped as if it were good.
 */
public final class RecordBatches {
    private static final Logger log = LoggerFactory.getLogger(RecordBatches.class);
    private static final Actor SERVER = Actor.system("records");
    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final Duration FIRST_RETRY = Duration.ofMinutes(1);
    private static final Duration LONGEST_RETRY = Duration.ofHours(1);
    /** What could not be renewed is tried again the next day. */
    private static final Duration NEXT_DAY = Duration.ofDays(1);
    /** So late in its life a token is renewed without a CRL of the moment, rather than not at all. */
    private static final Duration WITHOUT_CRL = Duration.ofDays(30);

    private static final Duration SHORTEST_LOCK = Duration.ofDays(365);
    private static final int RENEWALS_AT_ONCE = 200;
    private static final int READ_AT_ONCE = 100;

    private final RecordTable table;
    private final TransactionTemplate transactions;
    private final KeptObjects kept;
    private final Stamper stamper;
    private final Rereader rereader;
    private final PolicyFile policy;
    private final RecordObjects objects;
    private final AuditLog audit;
    private final LogQueue leaves;
    private final RecordSettings settings;
    private final Clock clock;
    private final Steps steps;
    private final String worker = UUID.randomUUID().toString();

    /** Told of each step when it is done; a test dies there. */
    @FunctionalInterface
    interface Steps {
        Steps NONE = step -> {};

        void done(String step);
    }

    RecordBatches(
            RecordTable table,
            TransactionTemplate transactions,
            KeptObjects kept,
            Stamper stamper,
            Rereader rereader,
            PolicyFile policy,
            RecordObjects objects,
            AuditLog audit,
            LogQueue leaves,
            RecordSettings settings,
            Clock clock,
            Steps steps) {
        this.table = table;
        this.transactions = transactions;
        this.kept = kept;
        this.stamper = stamper;
        this.rereader = rereader;
        this.policy = policy;
        this.objects = objects;
        this.audit = audit;
        this.leaves = leaves;
        this.settings = settings;
        this.clock = clock;
        this.steps = steps;
    }

    // --- what people ask for

    /** Has packages that wait put into a batch, and renewals looked for, at the next turn: some seconds from now. */
    public void requestNow(Actor by) {
        transactions.executeWithoutResult(status -> {
            table.dueNow(clock.instant());
            audit.append(AuditEvent.ok(by, "records.request", "record-batch", "next"));
        });
    }

    /**
     * Begins a renewal that is not due yet.
     *
     * @param kind TOKEN or TREE
     * @return id of the new batch
     * @throws Problem 404 if there is no such batch; 409 if it is not the newest of its chain, or is being renewed
     */
    public UUID renew(UUID batch, Batch.Kind kind, Actor by) {
        Batch old = table.find(batch).orElseThrow(() -> Problem.notFound(batch.toString()));
        TreeHash hash = kind == Batch.Kind.TREE ? settings.nextHash() : old.hash();
        if (!old.live() || kind == Batch.Kind.FIRST || kind == Batch.Kind.TREE && old.hash() == hash) {
            throw Problem.of(HttpStatus.CONFLICT, "records.not-renewable");
        }
        return begin(old, kind, hash, by).orElseThrow(() -> Problem.of(HttpStatus.CONFLICT, "records.renewal-open"));
    }

    /**
     * Stops a renewal that is not stamped yet; what it read stays read for the next.
     *
     * @throws Problem 404 if there is no such batch; 409 if it cannot be stopped any more
     */
    public void cancel(UUID batch, Actor by) {
        Batch found = table.find(batch).orElseThrow(() -> Problem.notFound(batch.toString()));
        boolean stopped = Boolean.TRUE.equals(transactions.execute(status -> {
            boolean asked = table.requestCancel(found.id());
            if (asked) {
                audit.append(AuditEvent.ok(
                        by, "records.cancel", "record-batch", found.id().toString()));
            }
            return asked;
        }));
        if (!stopped) {
            throw Problem.of(HttpStatus.CONFLICT, "records.not-cancellable");
        }
    }

    // --- the server's own work

    /** Everything that is due now. Called every few seconds; only one of several servers works. */
    public void turn() {
        if (!lease()) {
            return;
        }
        for (Batch batch : table.open(clock.instant())) {
            advance(batch.id());
        }
        RecordTable.Due due = table.due();
        if (!clock.instant().isBefore(due.nextBatchAt())) {
            batchWaiting();
            table.setNextBatch(clock.instant().plus(settings.every()));
        }
        if (!clock.instant().isBefore(due.nextCheckAt())) {
            lookForRenewals(due);
        }
    }

    /** Gives the work to another server at once; when this one stops. */
    public void release() {
        table.endLease(worker);
    }

    private boolean lease() {
        Instant now = clock.instant();
        return table.lease(worker, now, now.plus(LEASE));
    }

    /** All that wait, in batches of the largest size. Nothing new while the last batch has no token: then it is late anyway. */
    private void batchWaiting() {
        while (!table.isFirstOpen()) {
            Optional<UUID> chosen = transaction(this::choose);
            if (chosen.isEmpty()) {
                return;
            }
            steps.done("chosen");
            advance(chosen.get());
        }
    }

    private <T> T transaction(Supplier<T> act) {
        return Objects.requireNonNull(transactions.execute(status -> act.get()), "the act answers");
    }

    /** Empty if nothing waits. */
    private Optional<UUID> choose() {
        List<UUID> packages = table.takeWaiting(settings.most());
        Map<UUID, byte[]> groups = new LinkedHashMap<>();
        table.groups(packages)
                .forEach((id, group) -> groups.put(
                        id,
                        RecordBatch.groupHash(
                                TreeHash.SHA256,
                                group.stream()
                                        .map(object -> HexFormat.of().parseHex(object.sha256()))
                                        .toList())));
        if (groups.isEmpty()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        UUID id = UUID.randomUUID();
        table.insert(
                id,
                Batch.Kind.FIRST,
                id,
                null,
                Batch.State.CHOSEN,
                TreeHash.SHA256,
                groups.size(),
                lock(List.copyOf(groups.keySet()), now),
                SERVER.id(),
                SERVER.name(),
                now);
        table.insertMembers(id, groups);
        return Optional.of(id);
    }

    /** As long as the longest of the packages, and never so short that a renewal might come too late for it. */
    private Instant lock(List<UUID> packages, Instant now) {
        Instant least = now.plus(SHORTEST_LOCK);
        return table.latestLock(packages).filter(until -> until.isAfter(least)).orElse(least);
    }

    /** Takes a batch as far as it goes. What fails is tried again later. */
    private void advance(UUID id) {
        try {
            Batch batch = require(id);
            if (batch.state() == Batch.State.READING && !read(batch)) {
                return;
            }
            batch = require(id);
            if (batch.state() == Batch.State.CHOSEN) {
                stamp(batch);
            }
            batch = require(id);
            if (batch.state() == Batch.State.STAMPED) {
                complete(batch);
            }
        } catch (TimestampException e) {
            Batch batch = require(id);
            if (batch.kind() == Batch.Kind.TOKEN && !e.retryHelps()) {
                end(batch, Batch.State.FAILED, String.valueOf(e.getMessage()));
            } else {
                failed(id, String.valueOf(e.getMessage()));
            }
        } catch (IOException | GroupMismatchException e) {
            failed(id, String.valueOf(e.getMessage()));
        }
    }

    private Batch require(UUID id) {
        return table.find(id).orElseThrow(() -> new IllegalStateException("no batch " + id));
    }

    private void failed(UUID id, String why) {
        Batch batch = require(id);
        long wait = FIRST_RETRY.toSeconds() << Math.min(batch.attempts(), 10);
        Instant again = clock.instant().plusSeconds(Math.min(wait, LONGEST_RETRY.toSeconds()));
        log.warn("batch {} of evidence records waits: {}", id, why);
        table.markFailedAttempt(id, shortened(why), again);
    }

    private static String shortened(String why) {
        return why.length() <= 1000 ? why : why.substring(0, 1000);
    }

    // --- reading again, for another digest algorithm

    /** Reads what is not read yet. @return whether all is */
    private boolean read(Batch batch) throws IOException, TimestampException, GroupMismatchException {
        for (List<UUID> some = table.unread(batch.id(), chainOfParent(batch), READ_AT_ONCE);
                !some.isEmpty();
                some = table.unread(batch.id(), chainOfParent(batch), READ_AT_ONCE)) {
            for (UUID evidence : some) {
                if (table.isCancelRequested(batch.id())) {
                    end(batch, Batch.State.CANCELLED, "cancelled");
                    return false;
                }
                if (!lease()) {
                    return false; // another server has taken over
                }
                readOne(batch, evidence);
                steps.done("read");
            }
        }
        return buildTree(batch);
    }

    private UUID chainOfParent(Batch batch) {
        return parent(batch).chainId();
    }

    private Batch parent(Batch batch) {
        UUID parent = batch.parent();
        if (parent == null) {
            throw new IllegalStateException("batch " + batch.id() + " renews nothing");
        }
        return require(parent);
    }

    private void readOne(Batch batch, UUID evidence) throws IOException {
        Rereader.Reading reading = rereader.read(evidence, batch.hash());
        transactions.executeWithoutResult(status -> {
            reading.digests().forEach((member, digest) -> table.insertDigest(evidence, batch.hash(), member, digest));
            table.insertReading(
                    batch.id(), evidence, reading.outcome(), reading.bytes(), reading.reason(), clock.instant());
            if (reading.outcome() == RecordTable.Outcome.BAD) {
                audit.append(new AuditEvent(
                        SERVER,
                        "records.bad-object",
                        "evidence",
                        evidence.toString(),
                        null,
                        AuditEvent.Result.FAILED,
                        reading.reason(),
                        null));
            }
        });
    }

    /** All is read: the tree over what was good. @return whether there is anything in it */
    private boolean buildTree(Batch batch) throws IOException, TimestampException, GroupMismatchException {
        List<UUID> good = table.read(batch.id());
        if (good.isEmpty()) {
            end(batch, Batch.State.FAILED, "not one package could be read as it was archived");
            return false;
        }
        Batch parent = parent(batch);
        RecordBatch object = objects.read(parent);
        Crls crls = withCrlsOfNow(parent, object.lastToken());
        String dead = whyDead(crls.token());
        if (dead != null) {
            end(batch, Batch.State.FAILED, "too late: " + dead);
            return false;
        }
        RecordBatch before = object.withLastToken(crls.token());
        Map<UUID, byte[]> groups = new LinkedHashMap<>();
        for (UUID evidence : good) {
            groups.put(evidence, before.renewedGroup(evidence, batch.hash(), objects.digests(evidence)));
        }
        transactions.executeWithoutResult(status -> {
            if (table.markRead(batch.id(), groups.size(), crls.token().der(), crls.complete())) {
                table.insertMembers(batch.id(), groups);
            }
        });
        steps.done("all-read");
        return true;
    }

    // --- tokens

    private void stamp(Batch batch) throws IOException, TimestampException {
        if (batch.kind() != Batch.Kind.FIRST && table.isCancelRequested(batch.id())) {
            end(batch, Batch.State.CANCELLED, "cancelled");
            return;
        }
        AlgorithmPolicy now = policy.now();
        Stamp stamp;
        Crls crls = null;
        if (batch.kind() == Batch.Kind.TOKEN) {
            Batch parent = parent(batch);
            RecordBatch object = objects.read(parent);
            crls = withCrlsOfNow(parent, object.lastToken());
            String dead = whyDead(crls.token());
            if (dead != null) {
                end(batch, Batch.State.FAILED, "too late: " + dead);
                return;
            }
            Instant end = parent.end();
            stamp = stamper.stamp(
                    object.withLastToken(crls.token()).renewalImprint(), now, end == null ? Instant.MIN : end);
        } else {
            stamp = stamper.stamp(
                    RecordBatch.root(batch.hash(), table.members(batch.id()).values()), now, Instant.MIN);
        }
        steps.done("token");
        boolean first = table.markStamped(
                batch.id(), stamp, crls == null ? null : crls.token().der(), crls == null ? null : crls.complete());
        if (!first) {
            log.info("batch {} was stamped by another server", batch.id());
        }
        steps.done("stamped");
    }

    /** @param complete whether every CRL of now could be had */
    private record Crls(TimestampToken token, boolean complete) {}

    private Crls withCrlsOfNow(Batch parent, TimestampToken token) throws TimestampException {
        try {
            return new Crls(stamper.withCrlsOfNow(token), true);
        } catch (TimestampException e) {
            Instant end = parent.end();
            if (end != null && clock.instant().plus(WITHOUT_CRL).isBefore(end)) {
                throw e; // there is time: tried again later
            }
            log.warn("a token is renewed without a CRL of now: {}", e.getMessage());
            return new Crls(token.inDer(), false);
        }
    }

    /**
     * Why a token proves nothing any more, so that a renewal would only carry on something void; null if it still does. That its
     * root is no longer on our list is no reason: whoever has the old list still believes it.
     */
    private @Nullable String whyDead(TimestampToken token) throws IOException {
        List<Finding> findings = new TimestampChecks(
                        rereader.anchors().and(stamper.anchors()), clock.instant(), policy.now())
                .checkAllButImprint(token, "the token");
        for (Finding finding : findings) {
            boolean ended = switch (finding.code()) {
                case T08, T09 -> finding.verdict() != Verdict.VALID;
                default -> finding.verdict() == Verdict.INVALID;
            };
            if (ended) {
                return finding.code() + ", " + finding.details().getOrDefault("reason", "");
            }
        }
        return null;
    }

    // --- object, row, leaf

    private void complete(Batch batch) throws IOException {
        RecordBatch object = object(batch);
        byte[] bytes = object.toBytes();
        KeptObject stored = kept.store(KeptObjects.Kind.RECORD_BATCH, batch.id(), bytes, batch.retainUntil());
        steps.done("stored");
        transactions.executeWithoutResult(status -> commit(batch, stored));
        steps.done("done");
        log.info("batch {} of {} evidence records is complete", batch.id(), batch.members());
    }

    private void commit(Batch batch, KeptObject stored) {
        Instant now = clock.instant();
        if (!table.markDone(batch.id(), now)) {
            return; // another server was faster, with the same bytes
        }
        KeptObject row = kept.keep(stored);
        if (batch.kind() != Batch.Kind.TOKEN) {
            table.moveTo(batch.id());
        }
        UUID parent = batch.parent();
        if (parent != null) {
            if (batch.kind() == Batch.Kind.TOKEN
                    || table.current(parentChain(parent)).isEmpty()) {
                table.setNotLive(parent);
            } else {
                table.setRenewAfter(parent, now.plus(NEXT_DAY)); // of those that stayed behind
            }
        }
        boolean first = batch.kind() == Batch.Kind.FIRST;
        leaves.append(LogEvent.ofObject(
                first ? LogEvent.Kind.RECORDS : LogEvent.Kind.RENEWAL,
                batch.id(),
                Digest.sha256(row.sha256()),
                row.sizeBytes(),
                row.until(),
                now));
        audit.append(new AuditEvent(
                SERVER,
                first ? "records.batch" : "records.renewal",
                "record-batch",
                batch.id().toString(),
                row.sha256(),
                AuditEvent.Result.OK,
                batch.kind() + ", " + batch.members() + " packages",
                null));
    }

    private UUID parentChain(UUID parent) {
        return require(parent).chainId();
    }

    /** The object of a stamped batch, always with the same bytes: they follow from rows that do not change any more. */
    private RecordBatch object(Batch batch) throws IOException {
        TimestampToken token = token(table.token(batch.id()));
        if (batch.kind() == Batch.Kind.FIRST) {
            return RecordBatch.first(batch.id(), batch.hash(), table.members(batch.id()), token);
        }
        Batch parent = parent(batch);
        byte[] previous = table.previousToken(batch.id());
        if (previous == null) {
            throw new IllegalStateException("batch " + batch.id() + " is stamped without the token before");
        }
        RecordBatch before = objects.read(parent).withLastToken(token(previous));
        Digest renewed = Digest.sha256(objects.kept(parent.id()).sha256());
        return batch.kind() == Batch.Kind.TREE
                ? before.withNewChain(batch.id(), renewed, batch.hash(), table.members(batch.id()), token)
                // Nobody leaves a chain while its newest batch is being renewed: the same answer whenever it is asked.
                : before.withRenewedToken(batch.id(), renewed, new HashSet<>(table.inChain(parent.chainId())), token);
    }

    private static TimestampToken token(byte[] der) {
        try {
            return TimestampToken.parse(der);
        } catch (MalformedTokenException e) {
            throw new IllegalStateException("a token of our own database", e);
        }
    }

    private void end(Batch batch, Batch.State end, String why) {
        transactions.executeWithoutResult(status -> {
            if (!table.markEnded(batch.id(), end, shortened(why))) {
                return;
            }
            UUID parent = batch.parent();
            if (parent != null) {
                table.setRenewAfter(parent, clock.instant().plus(NEXT_DAY));
            }
            audit.append(new AuditEvent(
                    SERVER,
                    "records.renewal",
                    "record-batch",
                    batch.id().toString(),
                    null,
                    AuditEvent.Result.FAILED,
                    shortened(why),
                    null));
        });
        log.warn("renewal {} of evidence records ended without a result: {}", batch.id(), why);
    }

    // --- what is due

    private void lookForRenewals(RecordTable.Due due) {
        String failure = "";
        String known = due.policy();
        try {
            AlgorithmPolicy now = policy.now();
            String basis = policy.digest() + ", roots " + rereader.roots(stamper.anchors());
            if (!basis.equals(known)) {
                if (!judgeAnew(now)) {
                    return;
                }
                known = basis;
            }
            beginDue(now);
            extendLocks();
        } catch (IOException e) {
            failure = shortened(String.valueOf(e.getMessage()));
            log.error("looking for evidence records to renew: {}", failure);
        }
        table.setNextCheck(clock.instant().plus(settings.checkEvery()), known, failure);
    }

    /** Another policy or other roots: when the algorithms of each newest token end is asked again. False if another server took over. */
    private boolean judgeAnew(AlgorithmPolicy now) throws IOException {
        UUID after = null;
        for (List<Batch> some = table.live(after, READ_AT_ONCE);
                !some.isEmpty();
                some = table.live(after, READ_AT_ONCE)) {
            for (Batch batch : some) {
                TimestampToken token = token(table.token(batch.id()));
                table.setAlgorithmsEnd(
                        batch.id(), rereader.algorithmsEnd(token, stamper.anchors(), now), token.genTime());
                after = batch.id();
            }
            if (!lease()) {
                return false;
            }
        }
        return true;
    }

    private void beginDue(AlgorithmPolicy now) {
        Instant horizon = horizon();
        for (Batch batch : table.ending(horizon, clock.instant(), RENEWALS_AT_ONCE)) {
            if (!lease()) {
                return;
            }
            boolean hashEnds = now.digestEnd(batch.hash().oid())
                    .map(end -> end.isBefore(horizon))
                    .orElse(true);
            boolean nextIsBetter = batch.hash() != settings.nextHash();
            Optional<UUID> begun = begin(
                    batch,
                    hashEnds && nextIsBetter ? Batch.Kind.TREE : Batch.Kind.TOKEN,
                    hashEnds && nextIsBetter ? settings.nextHash() : batch.hash(),
                    SERVER);
            if (begun.isPresent()) {
                steps.done("due");
                advance(begun.get());
            }
        }
    }

    private Instant horizon() {
        Period before = settings.renewBefore();
        return clock.instant().atOffset(ZoneOffset.UTC).plus(before).toInstant();
    }

    /** Empty if there is nobody left whose record it would be, or another renewal of this batch is open. */
    private Optional<UUID> begin(Batch old, Batch.Kind kind, TreeHash hash, Actor by) {
        return transaction(() -> {
            if (table.isRenewalOpen(old.id())) {
                return Optional.empty();
            }
            List<UUID> packages = table.current(old.chainId());
            if (packages.isEmpty()) {
                table.setNotLive(old.id());
                return Optional.empty();
            }
            UUID id = UUID.randomUUID();
            Instant now = clock.instant();
            table.insert(
                    id,
                    kind,
                    kind == Batch.Kind.TREE ? id : old.chainId(),
                    old.id(),
                    kind == Batch.Kind.TREE ? Batch.State.READING : Batch.State.CHOSEN,
                    hash,
                    packages.size(),
                    lock(packages, now),
                    by.id(),
                    by.name(),
                    now);
            audit.append(new AuditEvent(
                    by,
                    "records.renew",
                    "record-batch",
                    id.toString(),
                    null,
                    AuditEvent.Result.OK,
                    kind + " of " + old.id(),
                    null));
            return Optional.of(id);
        });
    }

    /** An object is locked as long as the longest of its packages; those may have been locked longer since. */
    private void extendLocks() throws IOException {
        List<IOException> failures = new ArrayList<>();
        table.lockedTooShort().forEach((batch, until) -> {
            try {
                kept.extend(objects.kept(batch), until);
                table.setRetainUntil(batch, until);
            } catch (IOException e) {
                failures.add(e);
            }
        });
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
    }
}
