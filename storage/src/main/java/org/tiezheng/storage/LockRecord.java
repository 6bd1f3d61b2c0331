package org.tiezheng.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@link FolderStore} keeps beside an object, one line of JSON:
 *
 * <pre>{"v":1,"key":"sha256/ab/cd/abcd…","sha256":"abcd…","sizeBytes":12,"storedAt":"2026-11-21T08:00:00Z",
 * "mode":"COMPLIANCE","until":"2036-11-21T08:00:00Z","legalHold":false}</pre>
 */
record LockRecord(
        int v,
        String key,
        String sha256,
        long sizeBytes,
        String storedAt,
        @Nullable String mode,
        @Nullable String until,
        boolean legalHold) {
    static final int MOST_BYTES = 4096;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    static LockRecord of(StoredObject object) {
        Retention retention = object.retention();
        return new LockRecord(
                1,
                object.version().key(),
                object.sha256(),
                object.sizeBytes(),
                object.storedAt().toString(),
                retention == null ? null : retention.mode().name(),
                retention == null ? null : retention.until().toString(),
                object.legalHold());
    }

    byte[] toJson() {
        return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** What lies there is no lock record of that object. */
    static final class SpoiltException extends IOException {
        private static final long serialVersionUID = 1;

        SpoiltException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** @throws SpoiltException if this is not a lock record of {@code version} */
    static StoredObject read(byte[] json, ObjectVersion version) throws SpoiltException {
        try {
            LockRecord record = JSON.readValue(json, LockRecord.class);
            if (record.v != 1
                    || !version.key().equals(record.key)
                    || !(version.versionId().equals(record.sha256)
                            || version.versionId().startsWith(record.sha256 + "."))) {
                throw new SpoiltException("the lock record beside " + version + " is not its own", null);
            }
            Retention retention = record.mode == null || record.until == null
                    ? null
                    : new Retention(Retention.Mode.valueOf(record.mode), Instant.parse(record.until));
            return new StoredObject(
                    version,
                    record.sizeBytes,
                    record.sha256,
                    Instant.parse(record.storedAt),
                    retention,
                    record.legalHold);
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new SpoiltException("the lock record beside " + version + " cannot be read", e);
        }
    }
}
