package org.tiezheng.archive.log;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.evidence.log.LogPolicy;

/** How the log stands, for boards and reports. Every answer is cheap, whatever the size of the log. Safe for use by many threads. */
public final class LogFigures {
    private final JdbcClient jdbc;
    private final TransparencyLog log;
    private final Witnesses witnesses;
    private final LogStamps stamps;

    LogFigures(JdbcClient jdbc, TransparencyLog log, Witnesses witnesses, LogStamps stamps) {
        this.jdbc = jdbc;
        this.log = log;
        this.witnesses = witnesses;
        this.stamps = stamps;
    }

    /**
     * How the log stands now.
     *
     * @param origin name of the log
     * @param publishedSize entries under the checkpoint that everybody reads; 0 before the first
     * @param damage why it stands still; null if it does not
     * @param comparing names of witnesses that still have to say whether this database is the newest they know; while there are
     *     too few answers nothing is signed
     * @param mayAdvance whether there are enough
     * @param mirror its copy in the object store that was brought up to date last; null if there is none
     * @param reread how far its entries were read again
     * @param needsWitnesses false: proofs are made without any witness, and convince nobody who distrusts the operator
     */
    public record Now(
            String origin,
            LogState state,
            long publishedSize,
            @Nullable String damage,
            List<String> comparing,
            boolean mayAdvance,
            boolean needsWitnesses,
            List<WitnessFigures> witnesses,
            List<StampFigures> stamps,
            @Nullable MirrorFigures mirror,
            RereadFigures reread) {}

    /**
     * The copy of the published log in the object store.
     *
     * @param size entries under the checkpoint that lies there; 0 before the first
     * @param at when it was put; null before the first
     * @param failure why the last turn failed; null if it did not
     */
    public record MirrorFigures(
            long size,
            @Nullable Instant at,
            @Nullable String failure,
            @Nullable Instant failedAt) {}

    /**
     * How far entries were read again.
     *
     * @param next the position to go on from
     * @param rounds how often the end was reached
     * @param roundAt when last; null if never
     * @param finding what is not as it was published; null if nothing is
     */
    public record RereadFigures(
            long next,
            long rounds,
            @Nullable Instant roundAt,
            @Nullable String finding) {}

    /**
     * A witness of the policy.
     *
     * @param name in the policy
     * @param key verifier key
     * @param algorithm {@code Ed25519} or {@code ML-DSA-44}
     * @param asked whether it has an address, so that it is asked
     * @param size entries it cosigned last
     * @param cosignedAt by its clock; null if never
     * @param failure stable word of the last time, if that failed; else null
     * @param failures in a row
     */
    public record WitnessFigures(
            String name,
            String key,
            String algorithm,
            boolean asked,
            long size,
            @Nullable Instant cosignedAt,
            @Nullable String failure,
            @Nullable Instant failedAt,
            int failures) {}

    /**
     * The last stamp by an authority.
     *
     * @param id of the stamp, for its files; null if there is none
     * @param genTime of its last token; null if it never gave one
     * @param failure stable word, if it did not answer since; else null
     */
    public record StampFigures(
            String authority,
            boolean embedded,
            @Nullable Long id,
            long size,
            @Nullable Instant genTime,
            @Nullable String failure,
            @Nullable Instant failedAt) {}

    public Now now() {
        return new Now(
                log.key().name(),
                log.state(),
                log.publishedSize(),
                log.damage().orElse(null),
                witnesses.notAsked(),
                witnesses.mayAdvance(),
                log.policy().needsWitnesses(),
                witnesses(),
                stamps(),
                mirror(),
                reread());
    }

    private @Nullable MirrorFigures mirror() {
        return jdbc.sql("""
                        select size, at, failure, failed_at from log_mirror
                        order by greatest(at, failed_at) desc nulls last limit 1""")
                .query((row, number) -> new MirrorFigures(
                        row.getLong("size"),
                        instant(row.getTimestamp("at")),
                        row.getString("failure"),
                        instant(row.getTimestamp("failed_at"))))
                .optional()
                .orElse(null);
    }

    private RereadFigures reread() {
        return jdbc.sql("select next, rounds, round_at, finding from log_reread")
                .query((row, number) -> new RereadFigures(
                        row.getLong("next"),
                        row.getLong("rounds"),
                        instant(row.getTimestamp("round_at")),
                        row.getString("finding")))
                .single();
    }

    private List<WitnessFigures> witnesses() {
        List<WitnessFigures> list = new ArrayList<>();
        for (Map.Entry<String, LogPolicy.Site> entry : log.policy().witnesses().entrySet()) {
            LogPolicy.Site site = entry.getValue();
            String key = site.key().toString();
            String algorithm = site.key().type().name().startsWith("ML_DSA") ? "ML-DSA-44" : "Ed25519";
            boolean asked = site.url() != null;
            Optional<WitnessFigures> known = jdbc.sql(
                            "select size, cosigned_at, failure, failed_at, failures from log_witness where vkey = :key")
                    .param("key", key)
                    .query((row, number) -> new WitnessFigures(
                            entry.getKey(),
                            key,
                            algorithm,
                            asked,
                            row.getLong("size"),
                            instant(row.getTimestamp("cosigned_at")),
                            row.getString("failure"),
                            instant(row.getTimestamp("failed_at")),
                            row.getInt("failures")))
                    .optional();
            list.add(known.orElse(new WitnessFigures(entry.getKey(), key, algorithm, asked, 0, null, null, null, 0)));
        }
        list.sort(Comparator.comparing(WitnessFigures::name));
        return list;
    }

    private List<StampFigures> stamps() {
        Map<String, StampFigures> byAuthority = new LinkedHashMap<>();
        for (LogStamps.Stamp stamp : stamps.lastOfEach()) {
            StampFigures other = byAuthority.get(stamp.authority());
            boolean failed = stamp.failure() != null;
            // Newest first: a failure counts only if no token came after it.
            if (other == null) {
                byAuthority.put(
                        stamp.authority(),
                        new StampFigures(
                                stamp.authority(),
                                stamp.embedded(),
                                failed ? null : stamp.id(),
                                failed ? 0 : stamp.size(),
                                stamp.genTime(),
                                stamp.failure(),
                                failed ? stamp.askedAt() : null));
            } else if (!failed && other.genTime() == null) {
                byAuthority.put(
                        stamp.authority(),
                        new StampFigures(
                                stamp.authority(),
                                stamp.embedded(),
                                stamp.id(),
                                stamp.size(),
                                stamp.genTime(),
                                other.failure(),
                                other.failedAt()));
            }
        }
        return List.copyOf(byAuthority.values());
    }

    private static @Nullable Instant instant(@Nullable Timestamp time) {
        return time == null ? null : time.toInstant();
    }

    /** What happened in a period. @param entries by the word of their kind, {@code package} among them */
    public record Period(Map<String, Long> entries, long checkpoints, long witnessed, long stamps, long failedStamps) {}

    /** From {@code from}, before {@code to}. */
    public Period period(Instant from, Instant to) {
        Map<String, Object> parameters = Map.of("from", Timestamp.from(from), "to", Timestamp.from(to));
        Map<String, Long> entries = new LinkedHashMap<>();
        jdbc.sql("""
                        select kind, count(*) from log_entry where assigned_at >= :from and assigned_at < :to
                        group by kind order by kind""").params(parameters).query(row -> {
            entries.put(row.getString(1), row.getLong(2));
        });
        return new Period(
                entries,
                count("log_checkpoint where signed_at >= :from and signed_at < :to", parameters),
                count("log_witnessed where at >= :from and at < :to", parameters),
                count("log_stamp where token is not null and asked_at >= :from and asked_at < :to", parameters),
                count("log_stamp where token is null and asked_at >= :from and asked_at < :to", parameters));
    }

    private long count(String what, Map<String, Object> parameters) {
        return jdbc.sql("select count(*) from " + what)
                .params(parameters)
                .query(Long.class)
                .single();
    }

    /**
     * An entry of the log.
     *
     * @param kind word of {@link org.tiezheng.evidence.log.LogEvent.Kind}, or {@code package}
     * @param leaf the line as it stands in the log
     * @param evidenceId the package it is of or about, if it is
     * @param provedSize entries under the checkpoint of its fixed proof; null if it has none
     */
    public record Entry(
            long pos,
            String kind,
            String leaf,
            @Nullable UUID evidenceId,
            Instant at,
            @Nullable Long provedSize) {}

    /**
     * The latest entries before a position, newest first.
     *
     * @param kind word of one kind; empty for all
     * @param before a position; {@link Long#MAX_VALUE} for the first page
     * @param limit 1 to 500
     */
    public List<Entry> entries(String kind, long before, int limit) {
        if (limit < 1 || limit > 500) {
            throw new IllegalArgumentException("limit " + limit);
        }
        return jdbc.sql("""
                        select e.pos, e.kind, e.leaf, e.evidence_id, e.assigned_at, p.size from log_entry e
                        left join lateral (select size from log_proof p where p.pos = e.pos order by p.policy desc limit 1) p
                            on true
                        where e.pos < :before""" + ofKind(kind) + " order by e.pos desc limit :limit")
                .param("before", before)
                .param("kind", kind)
                .param("limit", limit)
                .query((row, number) -> {
                    long size = row.getLong("size");
                    Long proved = row.wasNull() ? null : Long.valueOf(size);
                    return new Entry(
                            row.getLong("pos"),
                            row.getString("kind"),
                            row.getString("leaf"),
                            row.getObject("evidence_id", UUID.class),
                            row.getTimestamp("assigned_at").toInstant(),
                            proved);
                })
                .list();
    }

    /** Said so that the index of the rarer kinds serves. */
    private static String ofKind(String kind) {
        return switch (kind) {
            case "" -> " and :kind = ''";
            case "package" -> " and e.kind = :kind";
            default -> " and e.kind = :kind and e.kind <> 'package'";
        };
    }
}
