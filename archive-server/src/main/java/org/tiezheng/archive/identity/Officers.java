package org.tiezheng.archive.identity;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;

/** Officers and their certificates. Usable from any thread. */
public final class Officers {
    private static final Pattern CERTIFICATE_NO = Pattern.compile("[^\\s\\p{Cntrl}]{1,64}");
    private static final String SELECT = """
            select o.account_id, a.display_name, o.unit, o.certificate_no, o.valid_from, o.valid_to
            from officer o join account a on a.id = o.account_id
            """;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    public Officers(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** The officer who signs in as this account; nothing for an account without a certificate. */
    public Optional<Officer> find(UUID accountId) {
        return jdbc.sql(SELECT + " where o.account_id = :id")
                .param("id", accountId)
                .query((row, n) -> officer(row))
                .optional();
    }

    /** As {@link #find(UUID)}, by {@link Actor#id()}; nothing for an actor that is no account. */
    public Optional<Officer> find(String actorId) {
        UUID id;
        try {
            id = UUID.fromString(actorId);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return find(id);
    }

    /** Officers whose certificate is in force on {@code day} and whose account is active, by name; at most 1,000. */
    public List<Officer> inForceOn(LocalDate day) {
        return jdbc.sql(SELECT + """
                         where a.state = 'ACTIVE' and :day between o.valid_from and o.valid_to
                        order by a.display_name, o.certificate_no limit 1000
                        """)
                .param("day", day)
                .query((row, n) -> officer(row))
                .list();
    }

    /**
     * Writes down or replaces the certificate of an account and signs it out everywhere, since every audit event of a
     * session carries the certificate number.
     *
     * @throws RuleBrokenException for a number that is none or taken, a last day before the first
     */
    public void set(UUID accountId, String unit, String certificateNo, LocalDate from, LocalDate to, Actor by) {
        String strippedUnit = unit.strip();
        if (strippedUnit.isEmpty()
                || strippedUnit.length() > 200
                || !CERTIFICATE_NO.matcher(certificateNo).matches()) {
            throw new RuleBrokenException(Rule.CERTIFICATE_FORM);
        }
        if (to.isBefore(from)) {
            throw new RuleBrokenException(Rule.CERTIFICATE_DATES);
        }
        try {
            transactions.executeWithoutResult(status -> {
                Accounts.lockRow(jdbc, accountId);
                jdbc.sql("""
                                insert into officer (account_id, unit, certificate_no, valid_from, valid_to)
                                values (:id, :unit, :no, :from, :to)
                                on conflict (account_id) do update set unit = excluded.unit,
                                    certificate_no = excluded.certificate_no, valid_from = excluded.valid_from,
                                    valid_to = excluded.valid_to
                                """)
                        .param("id", accountId)
                        .param("unit", strippedUnit)
                        .param("no", certificateNo)
                        .param("from", from)
                        .param("to", to)
                        .update();
                endSessions(accountId);
                record(by, "account.certificate", accountId, certificateNo + ", " + from + " to " + to);
            });
        } catch (DuplicateKeyException e) {
            throw new RuleBrokenException(Rule.CERTIFICATE_TAKEN, certificateNo);
        }
    }

    /** Takes the certificate away: the account belongs to no officer from now on. */
    public void remove(UUID accountId, Actor by) {
        transactions.executeWithoutResult(status -> {
            Accounts.lockRow(jdbc, accountId);
            int removed = jdbc.sql("delete from officer where account_id = :id")
                    .param("id", accountId)
                    .update();
            if (removed > 0) {
                endSessions(accountId);
                record(by, "account.certificate-removed", accountId, null);
            }
        });
    }

    private void endSessions(UUID id) {
        WebSessions.endAll(jdbc, id, WebSessions.End.ACCOUNT_CHANGED, clock.instant());
    }

    private void record(Actor by, String action, UUID id, @Nullable String reason) {
        audit.append(new AuditEvent(by, action, "account", id.toString(), null, AuditEvent.Result.OK, reason, null));
    }

    private static Officer officer(ResultSet row) throws SQLException {
        return new Officer(
                row.getObject("account_id", UUID.class),
                row.getString("display_name"),
                row.getString("unit"),
                row.getString("certificate_no"),
                row.getObject("valid_from", LocalDate.class),
                row.getObject("valid_to", LocalDate.class));
    }
}
