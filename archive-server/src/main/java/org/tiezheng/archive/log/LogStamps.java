package org.tiezheng.archive.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;

/**
 * Has the published checkpoint time-stamped by every authority there is, every day and after each start: whatever becomes of
 * witnesses, a history written anew would need all of them to sign with a past time.
 *
 * <p>Each token lies beside the log with the checkpoint it is over, so {@code openssl ts -verify -data checkpoint -token_in -in
 * token.tst} checks it. Safe for use by many threads.
 */
final class LogStamps {
    private static final Logger LOG = LoggerFactory.getLogger(LogStamps.class);
    /** A day, and not so much less that a start just before the daily turn makes it leave one out. */
    private static final Duration FRESH = Duration.ofHours(20);

    private static final int AT_A_TIME = 200;

    private final JdbcClient jdbc;
    private final TransparencyLog log;
    private final List<TimestampAuthority> authorities;
    private final LogChanges changes;
    private final Clock clock;

    LogStamps(JdbcClient jdbc, TransparencyLog log, StampingAuthorities authorities, LogChanges changes, Clock clock) {
        this.jdbc = jdbc;
        this.log = log;
        this.authorities = authorities.list();
        this.changes = changes;
        this.clock = clock;
    }

    /**
     * One answer of an authority, or none.
     *
     * @param note the checkpoint that was stamped
     * @param token RFC 3161, DER; null if it did not answer
     * @param failure stable word; null if it did
     */
    record Stamp(
            long id,
            long size,
            String note,
            String authority,
            boolean embedded,
            Instant askedAt,
            byte @Nullable [] token,
            @Nullable Instant genTime,
            @Nullable String failure) {}

    /**
     * Has the published checkpoint stamped by each authority, and says in the log what changed about them.
     *
     * @param again also by those that stamped one within a day
     * @throws IOException if one did not answer: the others did; try again later
     */
    void stamp(boolean again) throws IOException {
        changes.authorities(authorities.stream().map(TimestampAuthority::name).collect(Collectors.toUnmodifiableSet()));
        Optional<TransparencyLog.Published> published = log.published();
        if (published.isEmpty()) {
            return;
        }
        List<String> silent = authorities.stream()
                .filter(authority -> again || !isFresh(authority))
                .filter(authority -> !stamp(authority, published.get()))
                .map(TimestampAuthority::name)
                .toList();
        if (!silent.isEmpty()) {
            throw new IOException("no time-stamp of the log's checkpoint by " + silent);
        }
    }

    /**
     * Writes the files of stamps that are not beside the log, or not as they are in the database: after a crash between the two, on
     * another server, after a restore. Serving does not need them; who copies the folder does.
     *
     * @return how many stamps
     * @throws IOException if the folder cannot be written; those before are there
     */
    int writeMissing() throws IOException {
        int written = 0;
        long after = 0;
        while (true) {
            List<Stamp> some = query(
                    "where id > :after and token is not null order by id limit " + AT_A_TIME, Map.of("after", after));
            for (Stamp stamp : some) {
                byte[] note = stamp.note().getBytes(StandardCharsets.UTF_8);
                byte[] token = Objects.requireNonNull(stamp.token(), "asked for those that have one");
                if (!log.hasStamp(stamp.id(), note, token)) {
                    log.writeStamp(stamp.id(), note, token);
                    written++;
                }
                after = stamp.id();
            }
            if (some.size() < AT_A_TIME) {
                return written;
            }
        }
    }

    private boolean isFresh(TimestampAuthority authority) {
        return jdbc.sql("""
                        select exists (select 1 from log_stamp
                            where authority = :authority and token is not null and asked_at > :since)""")
                .param("authority", authority.name())
                .param("since", Timestamp.from(clock.instant().minus(FRESH)))
                .query(Boolean.class)
                .single();
    }

    private boolean stamp(TimestampAuthority authority, TransparencyLog.Published checkpoint) {
        Instant asked = clock.instant();
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("size", checkpoint.size());
        row.put("note", new String(checkpoint.note(), StandardCharsets.UTF_8));
        row.put("authority", authority.name());
        row.put("embedded", authority.embedded());
        row.put("asked", Timestamp.from(asked));
        try {
            TimestampToken token = authority.stamp(Digest.of(Digest.Algorithm.SHA256, checkpoint.note()));
            row.put("token", token.der());
            row.put("genTime", Timestamp.from(token.genTime()));
            row.put("failure", null);
            long id = insert(row);
            // If we die here, the row has no files; writeMissing() makes them of it.
            log.writeStamp(id, checkpoint.note(), token.der());
            changes.authority(authority, token);
            return true;
        } catch (TimestampException none) {
            LOG.warn("{} did not stamp the log's checkpoint: {}", authority.name(), none.getMessage());
            row.put("token", null);
            row.put("genTime", null);
            row.put("failure", none.retryHelps() ? "unavailable" : "refused");
            insert(row);
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("writing a stamp beside the log", e);
        }
    }

    private long insert(Map<String, @Nullable Object> row) {
        return jdbc.sql("""
                        insert into log_stamp (size, note, authority, embedded, asked_at, token, gen_time, failure)
                        values (:size, :note, :authority, :embedded, :asked, :token::bytea, :genTime::timestamptz, :failure)
                        returning id""").params(row).query(Long.class).single();
    }

    /** The latest, newest first. */
    List<Stamp> latest(int limit) {
        return query("order by id desc limit " + limit, Map.of());
    }

    /** The last token of each authority, and the last failure since. */
    List<Stamp> lastOfEach() {
        return query(
                "where id in (select max(id) from log_stamp group by authority, token is null) order by authority, id desc",
                Map.of());
    }

    Optional<Stamp> find(long id) {
        return query("where id = :id", Map.of("id", id)).stream().findFirst();
    }

    private List<Stamp> query(String rest, Map<String, ?> parameters) {
        return jdbc.sql("select id, size, note, authority, embedded, asked_at, token, gen_time, failure from log_stamp "
                        + rest)
                .params(parameters)
                .query((row, number) -> {
                    Timestamp genTime = row.getTimestamp("gen_time");
                    return new Stamp(
                            row.getLong("id"),
                            row.getLong("size"),
                            row.getString("note"),
                            row.getString("authority"),
                            row.getBoolean("embedded"),
                            row.getTimestamp("asked_at").toInstant(),
                            row.getBytes("token"),
                            genTime == null ? null : genTime.toInstant(),
                            row.getString("failure"));
                })
                .list();
    }
}
