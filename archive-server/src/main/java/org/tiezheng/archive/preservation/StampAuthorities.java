package org.tiezheng.archive.preservation;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.operations.StampingAuthorities;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampToken;

/**
 * The time-stamp authorities this archive has used, by the newest token that each gave over the audit log, a checkpoint of the
 * transparency log, or a batch of evidence records, whichever is newest.
 */
public final class StampAuthorities {
    private final JdbcClient jdbc;
    private final StampingAuthorities configured;

    public StampAuthorities(JdbcClient jdbc, StampingAuthorities configured) {
        this.jdbc = jdbc;
        this.configured = configured;
    }

    /**
     * One authority.
     *
     * @param configured whether the server asks it now
     * @param lastStamp null if it has not given one yet
     * @param over what the last one is over: {@code audit}, {@code checkpoint} or {@code records}; null if it has not given one
     * @param certificateEnds of the certificate in its last token; null if that is not known
     */
    public record Seen(
            String name,
            boolean embedded,
            boolean configured,
            @Nullable Instant lastStamp,
            @Nullable String over,
            @Nullable Instant certificateEnds) {}

    /** Configured ones first, in their order; one small query. */
    public List<Seen> seen() {
        // The newest of each name of each kind, along an index: stamps are few (days, hourly batches), their tokens not
        // small.
        List<Seen> stamped = jdbc.sql("""
                        select distinct on (authority) authority, embedded, at, over, token from (
                            (select distinct on (authority) authority, embedded, at, 'audit' as over, token
                                from audit_anchor order by authority, seq desc)
                            union all
                            (select distinct on (authority) authority, embedded, gen_time, 'checkpoint', token
                                from log_stamp where token is not null order by authority, id desc)
                            union all
                            (select distinct on (authority) authority, embedded, stamped_at, 'records', token
                                from record_batch where token is not null and authority is not null and stamped_at is not null
                                order by authority, stamped_at desc)) as stamps
                        order by authority, at desc""")
                .query((row, n) -> new Seen(
                        row.getString("authority"),
                        row.getBoolean("embedded"),
                        false,
                        row.getObject("at", OffsetDateTime.class).toInstant(),
                        row.getString("over"),
                        ends(row.getBytes("token"))))
                .list();
        List<Seen> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (TimestampAuthority authority : configured.list()) {
            names.add(authority.name());
            Seen known = stamped.stream()
                    .filter(one -> one.name().equals(authority.name()))
                    .findFirst()
                    .orElse(null);
            all.add(new Seen(
                    authority.name(),
                    authority.embedded(),
                    true,
                    known == null ? null : known.lastStamp(),
                    known == null ? null : known.over(),
                    known == null ? null : known.certificateEnds()));
        }
        stamped.stream().filter(one -> !names.contains(one.name())).forEach(all::add);
        return all;
    }

    private static @Nullable Instant ends(byte[] token) {
        try {
            return TimestampToken.parse(token)
                    .authorityCertificate()
                    .map(X509Certificate::getNotAfter)
                    .map(java.util.Date::toInstant)
                    .orElse(null);
        } catch (MalformedTokenException unreadable) {
            return null;
        }
    }
}
