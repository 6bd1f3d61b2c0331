package org.tiezheng.archive.catalogue;

import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.Officer;
import org.tiezheng.archive.identity.Officers;

/**
 * Two officers confirm a capture; before that it does not count as complete. Source: domain rules B5 (general procedure rule,
 * art. 22: two officers with certificates).
 *
 * <p>A confirmation stays as it was made: name, unit and certificate of that moment. It is refused for who is no officer, whose
 * certificate was not in force on the day of the capture in Beijing, who has no officer's role or is a legal reviewer, who had no
 * part in a capture whose two officers are recorded, and for one person twice, by account or by certificate.
 */
public final class Confirmations {
    /** The day of a capture is the day in Beijing. */
    static final ZoneId BEIJING = ZoneId.of("Asia/Shanghai");

    private static final int NEEDED = 2;

    private final JdbcClient jdbc;
    private final EvidenceCatalogue catalogue;
    private final Officers officers;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    public Confirmations(
            JdbcClient jdbc,
            EvidenceCatalogue catalogue,
            Officers officers,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock) {
        this.jdbc = jdbc;
        this.catalogue = catalogue;
        this.officers = officers;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** How the officer proved who he is. */
    public enum Method {
        /** Signed in himself. */
        OWN_SESSION,
        /** On the first officer's screen, with his own password. */
        ON_THE_SPOT
    }

    /** As it was made. */
    public record Confirmation(
            String accountId,
            String name,
            String unit,
            String certNo,
            LocalDate certValidFrom,
            LocalDate certValidTo,
            Method method,
            Instant confirmedAt) {}

    /** Why a confirmation is refused; the names are keys of texts, {@code problem.catalogue.confirm.<name>}. */
    public enum Refusal {
        NO_SUCH_EVIDENCE,
        /** The account belongs to no officer, or has no officer's role. */
        NO_OFFICER,
        /** A legal reviewer cannot be one of the two. */
        LEGAL_REVIEWER,
        CERTIFICATE_NOT_IN_FORCE,
        /** Two others are recorded as the officers of this capture. */
        NOT_OF_THIS_CAPTURE,
        /** The same account or certificate has confirmed already. */
        SAME_PERSON,
        /** Two have confirmed already. */
        COMPLETE
    }

    /** Nothing was changed, but for the audit log, which says so. */
    public static final class ConfirmationRefusedException extends Exception {
        private static final long serialVersionUID = 1;

        private final Refusal refusal;

        ConfirmationRefusedException(Refusal refusal) {
            super(refusal.name());
            this.refusal = refusal;
        }

        public Refusal refusal() {
            return refusal;
        }
    }

    /** In the order they were made. */
    public List<Confirmation> of(UUID evidenceId) {
        return jdbc.sql("select * from confirmation where evidence_id = :id order by confirmed_at, account_id")
                .param("id", evidenceId)
                .query((row, number) -> new Confirmation(
                        row.getString("account_id"),
                        row.getString("name"),
                        row.getString("unit"),
                        row.getString("cert_no"),
                        row.getObject("cert_valid_from", LocalDate.class),
                        row.getObject("cert_valid_to", LocalDate.class),
                        Method.valueOf(row.getString("method")),
                        EvidenceCatalogue.time(row, "confirmed_at")))
                .list();
    }

    /**
     * Confirms.
     *
     * @param officer who confirms, proved by his own session or on the spot
     * @return the evidence afterwards; {@link Evidence#confirmedAt} is set by the second confirmation
     */
    public Evidence confirm(UUID evidenceId, Actor officer, Method method) throws ConfirmationRefusedException {
        AtomicReference<@Nullable Refusal> result = new AtomicReference<>();
        transactions.executeWithoutResult(status -> result.set(tryConfirm(evidenceId, officer, method)));
        Refusal refusal = result.get();
        if (refusal != null) {
            transactions.executeWithoutResult(status -> audit.append(AuditEvent.refused(
                    officer, "evidence.confirm", "evidence", evidenceId.toString(), refusal.name())));
            throw new ConfirmationRefusedException(refusal);
        }
        return catalogue.find(evidenceId).orElseThrow();
    }

    private @Nullable Refusal tryConfirm(UUID evidenceId, Actor actor, Method method) {
        // The lock makes two confirmations at the same moment two, one after the other.
        boolean there = jdbc.sql("select 1 from evidence where id = :id for update")
                .param("id", evidenceId)
                .query(Integer.class)
                .optional()
                .isPresent();
        if (!there) {
            return Refusal.NO_SUCH_EVIDENCE;
        }
        Evidence evidence = catalogue.find(evidenceId).orElseThrow();
        Set<String> roles = EvidenceAccess.roles(actor);
        if (roles.contains("LEGAL_REVIEWER")) {
            return Refusal.LEGAL_REVIEWER;
        }
        Officer officer = officers.find(actor.id()).orElse(null);
        if (officer == null || !(roles.contains("INSPECTOR") || roles.contains("SECOND_OFFICER"))) {
            return Refusal.NO_OFFICER;
        }
        if (!officer.inForceOn(LocalDate.ofInstant(evidence.capturedFrom(), BEIJING))) {
            return Refusal.CERTIFICATE_NOT_IN_FORCE;
        }
        List<Confirmation> made = of(evidenceId);
        if (made.stream()
                .anyMatch(one ->
                        one.accountId().equals(actor.id()) || one.certNo().equals(officer.certificateNo()))) {
            return Refusal.SAME_PERSON;
        }
        if (made.size() >= NEEDED) {
            return Refusal.COMPLETE;
        }
        if (evidence.officerIds().size() >= NEEDED && !evidence.officerIds().contains(actor.id())) {
            return Refusal.NOT_OF_THIS_CAPTURE;
        }
        insert(evidence, actor, officer, method, made.size() + 1);
        return null;
    }

    private void insert(Evidence evidence, Actor actor, Officer officer, Method method, int count) {
        Instant now = clock.instant();
        jdbc.sql("""
                        insert into confirmation (evidence_id, account_id, name, unit, cert_no, cert_valid_from, cert_valid_to,
                            method, confirmed_at)
                        values (:id, :account, :name, :unit, :certNo, :from, :to, :method, :at)""")
                .param("id", evidence.id())
                .param("account", actor.id())
                .param("name", officer.name())
                .param("unit", officer.unit())
                .param("certNo", officer.certificateNo())
                .param("from", officer.validFrom())
                .param("to", officer.validTo())
                .param("method", method.name())
                .param("at", Timestamp.from(now))
                .update();
        jdbc.sql("""
                        update evidence set confirmed_at = coalesce(confirmed_at, :at::timestamptz), version = version + 1
                        where id = :id""")
                .param("id", evidence.id())
                .param("at", count >= NEEDED ? Timestamp.from(now) : null)
                .update();
        audit.append(new AuditEvent(
                Objects.requireNonNull(actor),
                "evidence.confirm",
                "evidence",
                evidence.id().toString(),
                evidence.sha256().hex(),
                AuditEvent.Result.OK,
                method + ", certificate " + officer.certificateNo() + ", " + count + " of " + NEEDED,
                null));
    }
}
