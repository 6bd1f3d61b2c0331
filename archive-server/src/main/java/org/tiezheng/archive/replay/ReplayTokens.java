package org.tiezheng.archive.replay;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.evidence.Digest;

/**
 * Tokens that let the replay origin, which knows no session, read one package for a short time. In the table, so that any
 * node of several can answer; only SHA-256 of a token is kept, so that the database gives nobody access.
 *
 * <p>Whoever issues one has checked the asker's rights and written the view into the audit log.
 */
public final class ReplayTokens {
    private static final Pattern TEXT_FORM = Pattern.compile("[A-Za-z0-9_-]{43}");
    /** A player asks many times a second; the database is asked about one token once in this time. */
    private static final Duration REMEMBERED = Duration.ofSeconds(30);

    private static final int MAX_REMEMBERED = 1000;

    private final JdbcClient jdbc;
    private final Clock clock;
    private final Duration lifetime;
    private final SecureRandom random = new SecureRandom();
    private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();

    public ReplayTokens(JdbcClient jdbc, Clock clock, Duration lifetime) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.lifetime = lifetime;
    }

    private record Known(Grant grant, Instant expiresAt, Instant askedAt) {}

    /**
     * What a token opens.
     *
     * @param embedder origin of the screens the token was made for, which alone may embed it
     */
    public record Grant(UUID evidence, String embedder) {}

    /**
     * @param value 43 characters of base64url: 256 random bits
     * @param expiresAt from then on the token opens nothing
     */
    public record Issued(String value, Instant expiresAt) {}

    /**
     * A new token for {@code evidence}, for one page on {@code account}'s screen. Removes those that have expired.
     *
     * @param embedder origin of that page, such as {@code http://localhost:8080}
     */
    public Issued issue(UUID evidence, String account, URI embedder) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        String value = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Instant now = clock.instant();
        Instant expires = now.plus(lifetime);
        jdbc.sql("delete from replay_token where expires_at < :now")
                .param("now", Timestamp.from(now))
                .update();
        jdbc.sql("insert into replay_token (token_sha256, evidence_id, account, embedder, expires_at)"
                        + " values (:t, :e, :a, :o, :x)")
                .param("t", digest(value))
                .param("e", evidence)
                .param("a", account)
                .param("o", embedder.toString())
                .param("x", Timestamp.from(expires))
                .update();
        return new Issued(value, expires);
    }

    /** What {@code value} opens now; empty for any other text. */
    public Optional<Grant> find(String value) {
        if (!TEXT_FORM.matcher(value).matches()) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        Known before = known.get(value);
        if (before == null || before.askedAt().plus(REMEMBERED).isBefore(now)) {
            if (known.size() >= MAX_REMEMBERED) {
                known.clear();
            }
            Optional<Known> found = jdbc.sql(
                            "select evidence_id, embedder, expires_at from replay_token where token_sha256 = :t")
                    .param("t", digest(value))
                    .query((row, no) -> new Known(
                            new Grant(row.getObject(1, UUID.class), row.getString(2)),
                            row.getTimestamp(3).toInstant(),
                            now))
                    .optional();
            if (found.isEmpty()) {
                known.remove(value);
                return Optional.empty();
            }
            before = found.get();
            known.put(value, before);
        }
        return before.expiresAt().isAfter(now) ? Optional.of(before.grant()) : Optional.empty();
    }

    private static String digest(String value) {
        return Digest.of(Digest.Algorithm.SHA256, value.getBytes(StandardCharsets.US_ASCII))
                .hex();
    }
}
