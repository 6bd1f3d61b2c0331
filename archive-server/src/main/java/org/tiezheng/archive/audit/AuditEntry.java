package org.tiezheng.archive.audit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A row of the audit log.
 *
 * <p>{@code hash} is the SHA-256, in lower-case hex, of one line of JSON in UTF-8, without spaces and without a line end,
 * whose members are always all there, in this order, {@code null} where there is nothing:
 *
 * <pre>{"seq":1,"at":"2026-11-22T08:00:00.000000+08:00","actorId":…,"actorName":…,"actorRole":…,"certNo":…,"clientIp":…,
 * "sessionId":…,"action":…,"objectType":…,"objectId":…,"objectDigest":…,"result":"OK","reason":…,"approvalRef":…,"prevHash":…}
 * </pre>
 *
 * <p>{@code prevHash} is the hash of the row before; that of the first row is {@link #START}.
 *
 * @param seq 1, 2, 3 … without gaps
 * @param at to the microsecond
 */
public record AuditEntry(long seq, Instant at, AuditEvent event, String prevHash, String hash) {
    /** What the first row names as its predecessor. */
    public static final String START = "0".repeat(64);

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSSxxx", Locale.ROOT)
            .withZone(ZoneOffset.ofHours(8));

    /** The entry that follows {@code prevHash}, with its hash. */
    static AuditEntry next(long seq, Instant at, AuditEvent event, String prevHash) {
        return new AuditEntry(seq, at, event, prevHash, hashOf(seq, at, event, prevHash));
    }

    /** True if the hash is that of the content. */
    public boolean isIntact() {
        return hash.equals(hashOf(seq, at, event, prevHash));
    }

    /** The line of JSON that the hash covers. */
    public String line() {
        return line(seq, at, event, prevHash);
    }

    private static String line(long seq, Instant at, AuditEvent event, String prevHash) {
        Actor actor = event.actor();
        ObjectNode line = JSON.createObjectNode();
        line.put("seq", seq);
        line.put("at", TIME.format(at));
        line.put("actorId", actor.id());
        line.put("actorName", actor.name());
        line.put("actorRole", actor.role());
        put(line, "certNo", actor.certNo());
        put(line, "clientIp", actor.clientIp());
        put(line, "sessionId", actor.sessionId());
        line.put("action", event.action());
        line.put("objectType", event.objectType());
        line.put("objectId", event.objectId());
        put(line, "objectDigest", event.objectDigest());
        line.put("result", event.result().name());
        put(line, "reason", event.reason());
        put(line, "approvalRef", event.approvalRef());
        line.put("prevHash", prevHash);
        return line.toString();
    }

    private static void put(ObjectNode line, String name, @Nullable String value) {
        if (value == null) {
            line.putNull(name);
        } else {
            line.put(name, value);
        }
    }

    private static String hashOf(long seq, Instant at, AuditEvent event, String prevHash) {
        try {
            byte[] bytes = line(seq, at, event, prevHash).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
