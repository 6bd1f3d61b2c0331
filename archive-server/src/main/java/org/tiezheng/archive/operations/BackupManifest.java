package org.tiezheng.archive.operations;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code backup.json}, the last entry of a backup: what is in it.
 *
 * @param format 1
 * @param createdAt ISO 8601
 * @param postgres version of the database it was taken from
 * @param auditHead last row of the audit log in it, {@code SEQ:HASH}
 * @param migrations the schema, as Flyway's history has it
 * @param secrets files of the folder {@code secrets}, but for the passwords of the database
 */
record BackupManifest(
        int format,
        String createdAt,
        String postgres,
        String auditHead,
        List<Migration> migrations,
        List<Table> tables,
        List<Sequence> sequences,
        List<Secret> secrets) {
    static final String ENTRY = "backup.json";
    static final int FORMAT = 1;
    /** Far more than hundreds of tables need. */
    static final int MAX_BYTES = 4 << 20;

    /** @param checksum Flyway's, of the file */
    record Migration(
            String version, String description, @Nullable Integer checksum) {}

    /** @param sha256 of the table's rows in PostgreSQL's COPY text form, entry {@code tables/NAME.copy} */
    record Table(String name, List<String> columns, long rows, long sizeBytes, String sha256) {
        String entry() {
            return "tables/" + name + ".copy";
        }
    }

    record Sequence(String name, long value, boolean called) {}

    record Secret(String name, String sha256) {
        String entry() {
            return "secrets/" + name;
        }
    }

    static JsonMapper mapper() {
        return JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .build();
    }
}
