package org.tiezheng.archive.operations;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.audit.ChainHead;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.time.MalformedTokenException;
import org.tiezheng.evidence.time.TimestampAuthority;
import org.tiezheng.evidence.time.TimestampException;
import org.tiezheng.evidence.time.TimestampToken;

/**
 * Has the head of the audit log time-stamped every day: a log written anew later would need the authority to sign with a past time.
 *
 * <p>The token is over the hash of the last row, itself a SHA-256, so {@code openssl ts -verify -digest HASH} checks it.
 */
public final class AuditAnchors {
    private static final Logger log = LoggerFactory.getLogger(AuditAnchors.class);
    private static final Actor SERVER = Actor.system("server");

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final List<TimestampAuthority> authorities;

    /** @param authorities in order of preference; empty: nothing is stamped */
    public AuditAnchors(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            AuditLog audit,
            List<? extends TimestampAuthority> authorities) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.authorities = List.copyOf(authorities);
    }

    /**
     * Has the head stamped by the first authority that answers. A crash before the row is written costs one token.
     *
     * @return the head; nothing if there was nothing new or no authority
     * @throws IOException if none answered: try again later
     */
    public Optional<ChainHead> stamp() throws IOException {
        ChainHead head = audit.head();
        if (authorities.isEmpty() || head.seq() == 0 || isStamped(head)) {
            return Optional.empty();
        }
        List<String> reasons = new ArrayList<>();
        for (TimestampAuthority authority : authorities) {
            try {
                TimestampToken token = authority.stamp(Digest.sha256(head.hash()));
                transactions.executeWithoutResult(status -> {
                    jdbc.sql("insert into audit_anchor (seq, hash, at, authority, embedded, token)"
                                    + " values (:seq, :hash, :at, :authority, :embedded, :token)")
                            .param("seq", head.seq())
                            .param("hash", head.hash())
                            .param("at", token.genTime().atOffset(ZoneOffset.UTC))
                            .param("authority", authority.name())
                            .param("embedded", authority.embedded())
                            .param("token", token.der())
                            .update();
                    audit.append(AuditEvent.ok(SERVER, "audit.anchor", "server", String.valueOf(head.seq())));
                });
                return Optional.of(head);
            } catch (TimestampException silent) {
                log.warn("{} did not stamp the audit log: {}", authority.name(), silent.getMessage());
                reasons.add(authority.name());
            }
        }
        throw new IOException("no time-stamp authority answered: " + reasons);
    }

    /** True too if nothing but the last anchor's own row was added since. */
    private boolean isStamped(ChainHead head) {
        return jdbc.sql("select coalesce(max(seq), -9) >= :head - 1 from audit_anchor")
                .param("head", head.seq())
                .query(Boolean.class)
                .single();
    }

    /** @param token RFC 3161, DER */
    public record Anchor(ChainHead head, OffsetDateTime at, String authority, boolean embedded, byte[] token) {
        /** True if the token is over this head. Who signed it is for a verifier with trust anchors of its own. */
        public boolean isOverHead() {
            try {
                return HexFormat.of()
                        .formatHex(TimestampToken.parse(token).imprint())
                        .equals(head.hash());
            } catch (MalformedTokenException unreadable) {
                return false;
            }
        }

        private static Anchor of(ResultSet row, int number) throws SQLException {
            return new Anchor(
                    new ChainHead(row.getLong("seq"), row.getString("hash")),
                    row.getObject("at", OffsetDateTime.class),
                    row.getString("authority"),
                    row.getBoolean("embedded"),
                    row.getBytes("token"));
        }
    }

    /** All of them, oldest first: one a day. */
    public static List<Anchor> all(DataSource database) {
        return JdbcClient.create(database)
                .sql("select seq, hash, at, authority, embedded, token from audit_anchor order by seq")
                .query(Anchor::of)
                .list();
    }
}
