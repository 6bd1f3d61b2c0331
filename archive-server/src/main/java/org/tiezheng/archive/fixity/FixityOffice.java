package org.tiezheng.archive.fixity;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Problem;

/** What people may see and do about fixity; the screens and REST are two doors to it. Every refusal is a {@link Problem}. */
public final class FixityOffice {
    /** Days of the calendar. */
    public static final int CALENDAR_DAYS = 90;

    private static final int ROWS = 50;
    private static final int MOST_REASON = 1000;
    private static final int LEAST_REASON = 4;
    private static final int MOST_PACKAGES_SHOWN = 20;
    private static final long LEAST_RATE = 1_000;

    private final Fixity fixity;
    private final FixityFigures figures;
    private final CheckedStores stores;
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;

    FixityOffice(
            Fixity fixity,
            FixityFigures figures,
            CheckedStores stores,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit) {
        this.fixity = fixity;
        this.figures = figures;
        this.stores = stores;
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
    }

    // ---- looking ---------------------------------------------------------------------------------------------------

    public FixityView view() {
        return new FixityView(
                figures.now(),
                fixity.paces.now(),
                figures.calendar(CALENDAR_DAYS),
                fixity.damages.open(ROWS),
                fixity.damages.closed(20),
                fixity.repairs.open(ROWS),
                extras(),
                results(Long.MAX_VALUE, false, 20),
                fixity.runs.latest(20));
    }

    public List<String> storeIds() {
        return List.copyOf(stores.ids());
    }

    public List<FixityView.ExtraLine> extras() {
        return fixity.listings.open(ROWS).stream()
                .map(extra -> new FixityView.ExtraLine(
                        extra.id(),
                        extra.store(),
                        extra.key(),
                        extra.versionId(),
                        extra.sizeBytes(),
                        extra.deleteMarker(),
                        extra.covers(),
                        extra.firstSeen(),
                        extra.lastSeen()))
                .toList();
    }

    public List<Damage> damages(boolean open) {
        return open ? fixity.damages.open(500) : fixity.damages.closed(500);
    }

    /**
     * Checks, newest first.
     *
     * @param before only those with a smaller number; {@link Long#MAX_VALUE} for the first part
     * @param alarming only those that found something wrong
     */
    public List<ResultLine> results(long before, boolean alarming, int most) {
        return jdbc.sql("""
                        select r.id, r.at, r.store_id, o.key, o.sha256, o.size_bytes, r.version_id, r.run_id, r.outcome, r.remarks,
                            r.bytes_read, r.detail, r.node
                        from fixity_result r join fixity_object o on o.id = r.object_id where r.id < :before"""
                        + (alarming
                                ? " and (r.outcome <> 'GOOD' or r.remarks <> '{}') and r.outcome not in ('NO_ANSWER', 'AWAITED')"
                                : "")
                        + " order by r.id desc limit :most")
                .param("before", before)
                .param("most", Math.max(1, Math.min(most, 500)))
                .query((row, number) -> new ResultLine(
                        row.getLong("id"),
                        Damages.time(row, "at"),
                        row.getString("store_id"),
                        row.getString("key"),
                        row.getString("sha256"),
                        row.getLong("size_bytes"),
                        row.getString("version_id"),
                        row.getObject("run_id", UUID.class),
                        FixityOutcome.valueOf(row.getString("outcome")),
                        CopyTable.texts(row, "remarks").stream()
                                .map(Remark::valueOf)
                                .collect(Collectors.toUnmodifiableSet()),
                        row.getLong("bytes_read"),
                        row.getString("detail"),
                        row.getString("node")))
                .list();
    }

    /** @throws Problem 404 */
    public DamageView damage(UUID id) {
        Damage damage = fixity.damages.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
        Long object = damage.objectId();
        List<UUID> packages = damage.evidenceId() != null
                ? List.of(damage.evidenceId())
                : object == null ? List.of() : fixity.damages.packages(object, MOST_PACKAGES_SHOWN + 1);
        boolean more = packages.size() > MOST_PACKAGES_SHOWN;
        return new DamageView(
                damage,
                more ? packages.subList(0, MOST_PACKAGES_SHOWN) : packages,
                more,
                object == null ? List.of() : copies(object),
                fixity.repairs.of(id));
    }

    private List<DamageView.CopyLine> copies(long object) {
        return jdbc.sql("""
                        select c.store_id, c.version_id, c.outcome, c.checked_at from fixity_copy c
                            join fixity_store s on s.id = c.store_id where c.object_id = :object order by s.is_primary desc, s.id""")
                .param("object", object)
                .query((row, number) -> {
                    String outcome = row.getString("outcome");
                    return new DamageView.CopyLine(
                            row.getString("store_id"),
                            row.getString("version_id"),
                            outcome == null ? null : FixityOutcome.valueOf(outcome),
                            Damages.timeIfAny(row, "checked_at"));
                })
                .list();
    }

    /** @throws Problem 404 */
    public Run run(UUID id) {
        return fixity.runs.find(id).orElseThrow(() -> Problem.notFound(id.toString()));
    }

    public List<Run> runs() {
        return fixity.runs.latest(200);
    }

    // ---- runs ------------------------------------------------------------------------------------------------------

    /**
     * Begins a run.
     *
     * @param samplePercent above 0 to 100
     * @param seed with which a sample is drawn; empty: a random one, which the run says
     */
    public UUID start(Selection selection, BigDecimal samplePercent, @Nullable String seed, Actor actor) {
        if (samplePercent.signum() <= 0 || samplePercent.compareTo(BigDecimal.valueOf(100)) > 0) {
            throw Problem.invalid("sample", "fixity-sample");
        }
        String given = seed == null ? "" : seed.strip();
        if (given.length() > 100) {
            throw Problem.invalid("seed", "too-long", 100);
        }
        if (selection.store() != null && stores.find(selection.store()).isEmpty()) {
            throw Problem.invalid("store", "fixity-store");
        }
        if (selection.evidence() != null
                && !jdbc.sql("select exists (select 1 from evidence where id = :id)")
                        .param("id", selection.evidence())
                        .query(Boolean.class)
                        .single()) {
            throw Problem.invalid("evidence", "fixity-evidence");
        }
        BigDecimal sample = samplePercent.divide(BigDecimal.valueOf(100), 9, java.math.RoundingMode.HALF_UP);
        return fixity.runs
                .start(selection, sample, given.isEmpty() ? UUID.randomUUID().toString() : given, actor)
                .orElseThrow(() -> Problem.of(HttpStatus.TOO_MANY_REQUESTS, "fixity.too-many-runs", Runs.MOST_OPEN));
    }

    /** @param act {@code cancel}, {@code pause} or {@code resume} */
    public void changeRun(UUID id, String act, Actor actor) {
        Run run = run(id);
        boolean done = switch (act.toLowerCase(Locale.ROOT)) {
            case "cancel" -> fixity.runs.cancel(id, actor);
            case "pause" -> fixity.runs.pause(id, actor);
            case "resume" -> fixity.runs.resume(id, actor);
            default -> throw Problem.notFound(act);
        };
        if (!done) {
            throw Problem.of(
                    HttpStatus.CONFLICT, "fixity.run-state", run.state().name());
        }
    }

    // ---- damages and repairs ---------------------------------------------------------------------------------------

    /** The copies of a damaged object are due now, and the rows of the package are compared now. */
    public void checkAgain(UUID damageId, Actor actor) {
        DamageView view = damage(damageId);
        if (view.damage().state() != Damage.State.OPEN) {
            throw Problem.of(HttpStatus.CONFLICT, "fixity.closed");
        }
        UUID evidence = view.damage().evidenceId();
        if (evidence != null) {
            tell(actor, "fixity.check-again", view.damage(), null);
            PackageCheck.Compared unused = fixity.packages.now(evidence);
            return;
        }
        transactions.executeWithoutResult(status -> {
            int unused = jdbc.sql("update fixity_copy set due_at = least(due_at, now()) where object_id = :object")
                    .param("object", view.damage().objectId())
                    .update();
            audit.append(AuditEvent.ok(actor, "fixity.check-again", "fixity-damage", damageId.toString()));
        });
    }

    private void tell(Actor actor, String action, Damage damage, @Nullable String reason) {
        transactions.executeWithoutResult(status -> audit.append(new AuditEvent(
                actor,
                action,
                "fixity-damage",
                damage.id().toString(),
                damage.sha256(),
                AuditEvent.Result.OK,
                reason,
                null)));
    }

    /** Proposes to put good bytes beside the bad ones. */
    public UUID propose(UUID damageId, String reason, Actor actor) {
        String given = reason(reason);
        DamageView view = damage(damageId);
        if (!view.damage().isRepairable()) {
            throw Problem.of(HttpStatus.CONFLICT, "fixity.not-repairable");
        }
        return fixity.repairs
                .propose(damageId, given, actor)
                .orElseThrow(() -> Problem.of(HttpStatus.CONFLICT, "fixity.proposed-already"));
    }

    /** Approves or rejects what somebody else proposed. */
    public void decide(UUID repairId, boolean approve, String reason, Actor actor) {
        String given = reason(reason);
        if (fixity.repairs.find(repairId).isEmpty()) {
            throw Problem.notFound(repairId.toString());
        }
        switch (fixity.repairs.decide(repairId, approve, given, actor)) {
            case DONE -> {
                // The server does it in the background.
            }
            case NOT_OPEN -> throw Problem.of(HttpStatus.CONFLICT, "fixity.decided-already");
            case SAME_PERSON -> throw Problem.of(HttpStatus.FORBIDDEN, "fixity.same-person");
        }
    }

    /** Closes a damage without repair: nothing can be done, or nothing is to be. */
    public void dismiss(UUID damageId, String reason, Actor actor) {
        String given = reason(reason);
        Damage damage = damage(damageId).damage();
        boolean closed = Boolean.TRUE.equals(transactions.execute(status -> {
            boolean done = fixity.damages.close(damageId, Damage.State.DISMISSED, actor, given);
            if (done) {
                audit.append(new AuditEvent(
                        actor,
                        "fixity.damage-dismissed",
                        "fixity-damage",
                        damageId.toString(),
                        damage.sha256(),
                        AuditEvent.Result.OK,
                        given,
                        null));
            }
            return done;
        }));
        if (!closed) {
            throw Problem.of(HttpStatus.CONFLICT, "fixity.closed");
        }
    }

    /** Says what an extra version is. */
    public void acknowledge(long extra, String reason, Actor actor) {
        if (!fixity.listings.acknowledge(extra, reason(reason), actor)) {
            throw Problem.of(HttpStatus.CONFLICT, "fixity.acknowledged-already");
        }
    }

    private static String reason(@Nullable String reason) {
        String given = reason == null ? "" : reason.strip();
        if (given.length() < LEAST_REASON) {
            throw Problem.invalid("reason", "fixity-reason", LEAST_REASON);
        }
        if (given.length() > MOST_REASON) {
            throw Problem.invalid("reason", "too-long", MOST_REASON);
        }
        return given;
    }

    // ---- pace ------------------------------------------------------------------------------------------------------

    /** @param bytesPerSecond of each server; null: as configured */
    public void setRate(@Nullable Long bytesPerSecond, Actor actor) {
        if (bytesPerSecond != null && bytesPerSecond < LEAST_RATE) {
            throw Problem.invalid("rate", "fixity-rate");
        }
        fixity.paces.setRate(bytesPerSecond, actor);
    }

    /** @param days 1 to 3650 */
    public void setPeriod(int days, Actor actor) {
        if (days < 1 || days > 3650) {
            throw Problem.invalid("days", "fixity-days");
        }
        fixity.paces.setPeriod(Duration.ofDays(days), actor);
    }

    public void pause(String reason, Actor actor) {
        if (!fixity.paces.pause(reason(reason), actor)) {
            throw Problem.of(HttpStatus.CONFLICT, "fixity.paused-already");
        }
    }

    public void resume(Actor actor) {
        if (!fixity.paces.resume(actor)) {
            throw Problem.of(HttpStatus.CONFLICT, "fixity.not-paused");
        }
    }

    Optional<Long> megabytes(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return Optional.empty();
        }
        try {
            BigDecimal value = new BigDecimal(text.strip());
            if (value.signum() <= 0 || value.compareTo(BigDecimal.valueOf(1_000_000)) > 0) {
                throw Problem.invalid("rate", "fixity-rate");
            }
            return Optional.of(value.multiply(BigDecimal.valueOf(1_000_000)).longValue());
        } catch (NumberFormatException e) {
            throw Problem.invalid("rate", "fixity-rate").because(e);
        }
    }
}
