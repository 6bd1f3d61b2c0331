package org.tiezheng.archive.log;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;
import org.tiezheng.evidence.log.LogEvent.Kind;
import org.tiezheng.evidence.log.VerifierKey;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampToken;

/**
 * Says in the log which key it signs with and which time-stamp authorities are in use: what differs from what the log said last
 * becomes an entry. Whoever swaps one silently has it said by the archive itself. Safe for use by several servers.
 */
final class LogChanges {
    /** Taken before comparing, so that two servers do not say the same twice. Any number, but always the same: "TZLOGCHG". */
    private static final long LOCK = 0x545A4C4F47434847L;

    private static final Actor SERVER = Actor.system("server");

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final LogQueue queue;
    private final Clock clock;

    LogChanges(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, LogQueue queue, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.queue = queue;
        this.clock = clock;
    }

    private record Known(long id, String name, String sha256) {}

    private List<Known> known(Kind kind) {
        jdbc.sql("select pg_advisory_xact_lock(:lock)")
                .param("lock", LOCK)
                .query((row, number) -> true)
                .single();
        return jdbc.sql("select id, name, sha256 from log_known where kind = :kind and gone is null order by id")
                .param("kind", kind.word())
                .query((row, number) -> new Known(row.getLong(1), row.getString(2), row.getString(3)))
                .list();
    }

    /** The log signs with this key; a former one is no longer used. */
    void key(VerifierKey key) {
        Digest digest = Digest.of(Digest.Algorithm.SHA256, key.toString().getBytes(StandardCharsets.UTF_8));
        transactions.executeWithoutResult(status -> {
            List<Known> known = known(Kind.KEY);
            if (known.stream().anyMatch(k -> k.sha256().equals(digest.hex()))) {
                return;
            }
            known.forEach(this::gone);
            add(Kind.KEY, key.toString(), digest);
        });
    }

    /** This authority stamped with this certificate. Others that it used before are out of use, unless it is the embedded one:
     * every server of the archive has its own. */
    void authority(TimestampAuthority authority, TimestampToken token) {
        X509Certificate certificate = token.authorityCertificate().orElse(null);
        if (certificate == null) {
            return;
        }
        Digest digest;
        try {
            digest = Digest.of(Digest.Algorithm.SHA256, certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read", e);
        }
        transactions.executeWithoutResult(status -> {
            List<Known> before = known(Kind.TSA).stream()
                    .filter(k -> k.name().equals(authority.name()))
                    .toList();
            if (before.stream().anyMatch(k -> k.sha256().equals(digest.hex()))) {
                return;
            }
            if (!authority.embedded()) {
                before.forEach(k -> out(k, Kind.TSA));
            }
            add(Kind.TSA, authority.name(), digest);
        });
    }

    /** Authorities that are no longer configured are out of use. @param configured names of those that are */
    void authorities(Set<String> configured) {
        transactions.executeWithoutResult(status -> known(Kind.TSA).stream()
                .filter(k -> !configured.contains(k.name()))
                .forEach(k -> out(k, Kind.TSA)));
    }

    private void add(Kind kind, String name, Digest digest) {
        jdbc.sql("insert into log_known (kind, name, sha256, since) values (:kind, :name, :sha256, :now)")
                .param("kind", kind.word())
                .param("name", name)
                .param("sha256", digest.hex())
                .param("now", Timestamp.from(clock.instant()))
                .update();
        say(kind, name, digest, "in use");
    }

    private void out(Known known, Kind kind) {
        gone(known);
        say(kind, known.name(), Digest.sha256(known.sha256()), "out of use");
    }

    private void gone(Known known) {
        jdbc.sql("update log_known set gone = :now where id = :id")
                .param("now", Timestamp.from(clock.instant()))
                .param("id", known.id())
                .update();
    }

    private void say(Kind kind, String name, Digest digest, String what) {
        queue.append(LogEvent.of(kind, UUID.randomUUID(), digest, null, clock.instant()));
        audit.append(new AuditEvent(
                SERVER, "log." + kind.word(), kind.word(), name, digest.hex(), AuditEvent.Result.OK, what, null));
    }
}
