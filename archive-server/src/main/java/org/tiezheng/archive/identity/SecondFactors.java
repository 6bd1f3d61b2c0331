package org.tiezheng.archive.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.identity.RuleBrokenException.Rule;

/**
 * One-time code generators on people's telephones, and the recovery codes for when one is lost.
 *
 * <p>Setting one up takes two steps: {@link #begin} makes a secret that guards nothing yet, {@link #confirm} takes the
 * first right code and gives the recovery codes. Who stops between them begins again.
 */
public final class SecondFactors {
    /** RFC 4226 section 4, R6 recommends 160 bits. */
    private static final int SECRET_BYTES = 20;

    private static final int RECOVERY_CODES = 10;
    private static final String ISSUER = "Tiezheng";

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;
    private final SecretBox box;
    private final Accounts accounts;
    private final SecureRandom random = new SecureRandom();

    public SecondFactors(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            Clock clock,
            SecretBox box,
            Accounts accounts) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
        this.box = box;
        this.accounts = accounts;
    }

    /**
     * What to put into the app.
     *
     * @param uri {@code otpauth://…}, for a QR code
     * @param key the same secret to be typed in, in groups of four
     */
    public record Enrolment(String uri, String key) {
        /** Without the secret. */
        @Override
        public String toString() {
            return "Enrolment";
        }
    }

    /**
     * Makes a new unconfirmed secret, in place of one that was never confirmed.
     *
     * @throws RuleBrokenException {@link Rule#SECOND_FACTOR_SET} if there is a confirmed one: remove that first
     */
    public Enrolment begin(UUID account) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String username = Objects.requireNonNull(transactions.execute(status -> {
            Account owner = accounts.lock(account);
            if (owner.secondFactor()) {
                throw new RuleBrokenException(Rule.SECOND_FACTOR_SET);
            }
            jdbc.sql("delete from second_factor where account_id = :id")
                    .param("id", account)
                    .update();
            jdbc.sql("insert into second_factor (account_id, sealed_secret, created_at) values (:id, :sealed, :now)")
                    .param("id", account)
                    .param("sealed", box.seal(secret, account))
                    .param("now", Times.in(clock.instant()))
                    .update();
            return owner.username();
        }));
        return enrolment(username, secret);
    }

    /** The unconfirmed secret once more: the page was reloaded, or the code was wrong. */
    public Optional<Enrolment> begun(UUID account) {
        Account owner = accounts.get(account);
        return owner.secondFactor()
                ? Optional.empty()
                : factor(account).map(factor -> enrolment(owner.username(), factor.secret()));
    }

    private static Enrolment enrolment(String username, byte[] secret) {
        return new Enrolment(
                Totp.uri(ISSUER, username, secret), Base32.encode(secret).replaceAll("(.{4})(?!$)", "$1 "));
    }

    /**
     * Takes the first code and turns the factor on.
     *
     * @return recovery codes, each good for one sign-in, shown once
     * @throws RuleBrokenException {@link Rule#CODE_WRONG}
     */
    public List<String> confirm(UUID account, String code, Actor by) {
        return Objects.requireNonNull(transactions.execute(status -> {
            Account owner = accounts.lock(account);
            if (owner.secondFactor()) {
                throw new RuleBrokenException(Rule.SECOND_FACTOR_SET);
            }
            Factor factor = factor(account).orElseThrow(() -> new RuleBrokenException(Rule.CODE_WRONG));
            OptionalLong step =
                    Totp.matchingStep(factor.secret(), normalised(code), clock.instant(), factor.lastStep());
            if (step.isEmpty()) {
                throw new RuleBrokenException(Rule.CODE_WRONG);
            }
            jdbc.sql("update second_factor set confirmed_at = :now, last_step = :step where account_id = :id")
                    .param("now", Times.in(clock.instant()))
                    .param("step", step.getAsLong())
                    .param("id", account)
                    .update();
            List<String> codes = replaceRecoveryCodes(account);
            audit.append(AuditEvent.ok(by, "account.second-factor", "account", account.toString()));
            return codes;
        }));
    }

    /** Recovery codes not used yet. */
    public int recoveryCodesLeft(UUID account) {
        return jdbc.sql("select count(*) from recovery_code where account_id = :id and used_at is null")
                .param("id", account)
                .query(Integer.class)
                .single();
    }

    /** Makes new recovery codes; the old ones are worth nothing from now on. Shown once. */
    public List<String> renewRecoveryCodes(UUID account, Actor by) {
        return Objects.requireNonNull(transactions.execute(status -> {
            accounts.lock(account);
            List<String> codes = replaceRecoveryCodes(account);
            audit.append(AuditEvent.ok(by, "account.recovery-codes", "account", account.toString()));
            return codes;
        }));
    }

    /** Takes the factor away: its owner after proving himself, or an administrator for somebody who lost it. */
    public void remove(UUID account, Actor by) {
        transactions.executeWithoutResult(status -> {
            accounts.lock(account);
            jdbc.sql("delete from recovery_code where account_id = :id")
                    .param("id", account)
                    .update();
            int removed = jdbc.sql("delete from second_factor where account_id = :id")
                    .param("id", account)
                    .update();
            if (removed > 0) {
                if (!by.id().equals(account.toString())) {
                    WebSessions.endAll(jdbc, account, WebSessions.End.ACCOUNT_CHANGED, clock.instant());
                }
                audit.append(AuditEvent.ok(by, "account.second-factor-removed", "account", account.toString()));
            }
        });
    }

    /**
     * Uses up {@code code}, a generated or a recovery one. In the caller's transaction, which holds the account's row
     * lock, so that two requests cannot use one code.
     */
    boolean use(UUID account, String code) {
        String text = normalised(code);
        if (!Totp.isCode(text)) {
            return jdbc.sql("""
                                    update recovery_code set used_at = :now
                                    where account_id = :id and code_hash = :hash and used_at is null
                                    """)
                            .param("now", Times.in(clock.instant()))
                            .param("id", account)
                            .param("hash", hash(text))
                            .update()
                    > 0;
        }
        Optional<Factor> factor = factor(account);
        if (factor.isEmpty()) {
            return false;
        }
        OptionalLong step = Totp.matchingStep(
                factor.get().secret(), text, clock.instant(), factor.get().lastStep());
        if (step.isEmpty()) {
            return false;
        }
        jdbc.sql("update second_factor set last_step = :step where account_id = :id")
                .param("step", step.getAsLong())
                .param("id", account)
                .update();
        return true;
    }

    private List<String> replaceRecoveryCodes(UUID account) {
        jdbc.sql("delete from recovery_code where account_id = :id")
                .param("id", account)
                .update();
        List<String> codes = new ArrayList<>();
        for (int i = 0; i < RECOVERY_CODES; i++) {
            // 80 bits, 16 characters: never of the length of a generated code.
            byte[] bytes = new byte[10];
            random.nextBytes(bytes);
            String code = Base32.encode(bytes).toLowerCase(Locale.ROOT).replaceAll("(.{4})(?!$)", "$1-");
            codes.add(code);
            jdbc.sql("insert into recovery_code (account_id, code_hash) values (:id, :hash)")
                    .param("id", account)
                    .param("hash", hash(normalised(code)))
                    .update();
        }
        return codes;
    }

    private record Factor(byte[] secret, long lastStep) {}

    private Optional<Factor> factor(UUID account) {
        return jdbc.sql("select sealed_secret, last_step from second_factor where account_id = :id")
                .param("id", account)
                .query((row, n) -> new Factor(row.getBytes("sealed_secret"), row.getLong("last_step")))
                .optional()
                .map(factor -> new Factor(open(factor.secret(), account), factor.lastStep()));
    }

    private byte[] open(byte[] sealed, UUID account) {
        try {
            return box.open(sealed, account);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "the second factor of account " + account + " was sealed with another key than this server's"
                            + " secrets/second-factor: restore that file, or reset the second factor",
                    e);
        }
    }

    /** As people type it: with spaces, hyphens, capitals. */
    private static String normalised(String code) {
        return code.replaceAll("[\\s-]", "").toLowerCase(Locale.ROOT);
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
