package org.tiezheng.archive.ingest;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.catalogue.EvidenceObject;
import org.tiezheng.storage.ObjectVersion;

/** Rows of {@code upload} and {@code upload_object}. Changes are in the caller's transaction, if there is one. */
final class UploadTable {
    private final JdbcClient jdbc;

    UploadTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    void insert(Upload upload) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", upload.id());
        row.put("state", upload.state().name());
        row.put("source", upload.source().name());
        row.put("jobId", upload.jobId());
        row.put("epoch", upload.jobEpoch());
        row.put("fileName", upload.fileName());
        row.put("size", upload.sizeBytes());
        row.put("sha256", upload.sha256());
        row.put("account", upload.by().id());
        row.put("name", upload.by().name());
        row.put("role", upload.by().role());
        row.put("context", upload.context().toJson());
        row.put("at", Timestamp.from(upload.createdAt()));
        jdbc.sql("""
                        insert into upload (id, state, source, job_id, job_epoch, file_name, size_bytes, sha256, account_id,
                            account_name, account_role, context, created_at, changed_at)
                        values (:id, :state, :source, :jobId, :epoch, :fileName, :size, :sha256, :account, :name, :role,
                            :context::jsonb, :at, :at)""").params(row).update();
    }

    Optional<Upload> find(UUID id) {
        return jdbc.sql("select * from upload where id = :id")
                .param("id", id)
                .query(UploadTable::upload)
                .optional();
    }

    /** In a transaction: nobody else changes it until the end. */
    Optional<Upload> lock(UUID id) {
        return jdbc.sql("select * from upload where id = :id for update")
                .param("id", id)
                .query(UploadTable::upload)
                .optional();
    }

    /** Uploads of these bytes that are under way or kept, newest first. */
    List<Upload> same(String sha256, long sizeBytes) {
        return jdbc.sql("""
                        select * from upload where sha256 = :sha256 and size_bytes = :size
                            and state not in ('REJECTED', 'DISCARDED')
                        order by created_at desc, id limit 100""")
                .param("sha256", sha256)
                .param("size", sizeBytes)
                .query(UploadTable::upload)
                .list();
    }

    /** Whoever asks for these bytes until this transaction ends waits. */
    void lockContent(String sha256) {
        jdbc.sql("select pg_advisory_xact_lock(hashtextextended(:sha256, 0))")
                .param("sha256", sha256)
                .query((row, number) -> true)
                .list();
    }

    /** What is not at its end, oldest first. */
    List<Upload> open() {
        return jdbc.sql(
                        "select * from upload where state in ('RECEIVING', 'VERIFYING', 'STORING') order by changed_at, id")
                .query(UploadTable::upload)
                .list();
    }

    int openCount() {
        return jdbc.sql("select count(*) from upload where state in ('RECEIVING', 'VERIFYING', 'STORING')")
                .query(Integer.class)
                .single();
    }

    /** How many are in each of these states; none where there is no entry. */
    Map<UploadState, Long> counts(List<UploadState> states) {
        Map<UploadState, Long> counts = new EnumMap<>(UploadState.class);
        jdbc.sql("select state, count(*) from upload where state in (:states) group by state")
                .param("states", states.stream().map(Enum::name).toList())
                .query(row -> {
                    counts.put(UploadState.valueOf(row.getString(1)), row.getLong(2));
                });
        return counts;
    }

    /** Bytes that open uploads will still bring. */
    long bytesToCome() {
        return jdbc.sql("select coalesce(sum(size_bytes - offset_bytes), 0) from upload where state = 'RECEIVING'")
                .query(Long.class)
                .single();
    }

    /** QUARANTINED or ORPHANED ones, newest first, older than {@code before}. */
    List<Upload> kept(UploadState state, @Nullable Instant before, @Nullable UUID beforeId, int limit) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("state", state.name());
        values.put("limit", limit);
        String cursor = "";
        if (before != null && beforeId != null) {
            cursor = " and (created_at, id) < (:before, :beforeId)";
            values.put("before", Timestamp.from(before));
            values.put("beforeId", beforeId);
        }
        return jdbc.sql("select * from upload where state = :state" + cursor
                        + " order by created_at desc, id desc limit :limit")
                .params(values)
                .query(UploadTable::upload)
                .list();
    }

    int count(UploadState state) {
        return jdbc.sql("select count(*) from upload where state = :state")
                .param("state", state.name())
                .query(Integer.class)
                .single();
    }

    void offset(UUID id, long offset, Instant at) {
        jdbc.sql("update upload set offset_bytes = :offset, changed_at = :at where id = :id and state = 'RECEIVING'")
                .param("id", id)
                .param("offset", offset)
                .param("at", Timestamp.from(at))
                .update();
    }

    /** What {@link #change} sets beside the state; null leaves a column as it is. */
    record Change(
            UploadState state,
            @Nullable String verdict,
            @Nullable String report,
            @Nullable String packageId,
            @Nullable String waczSha256,
            @Nullable UUID evidenceId,
            @Nullable String reasonCode,
            @Nullable String reason,
            @Nullable Instant retainUntil) {
        static Change to(UploadState state) {
            return new Change(state, null, null, null, null, null, null, null, null);
        }

        Change because(String code, String text) {
            return new Change(state, verdict, report, packageId, waczSha256, evidenceId, code, text, retainUntil);
        }

        Change archivedAs(UUID evidence) {
            return new Change(state, verdict, report, packageId, waczSha256, evidence, reasonCode, reason, retainUntil);
        }
    }

    void change(UUID id, Change change, Instant at) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("id", id);
        values.put("state", change.state().name());
        values.put("verdict", change.verdict());
        values.put("report", change.report());
        values.put("packageId", change.packageId());
        values.put("wacz", change.waczSha256());
        values.put("evidence", change.evidenceId());
        values.put("code", change.reasonCode());
        values.put("reason", change.reason() == null ? null : cut(change.reason()));
        values.put("retain", change.retainUntil() == null ? null : Timestamp.from(change.retainUntil()));
        values.put("at", Timestamp.from(at));
        jdbc.sql("""
                        update upload set state = :state, verdict = coalesce(:verdict, verdict),
                            report = coalesce(:report::jsonb, report), package_id = coalesce(:packageId, package_id),
                            wacz_sha256 = coalesce(:wacz, wacz_sha256), evidence_id = :evidence,
                            reason_code = :code, reason = :reason, retain_until = coalesce(:retain::timestamptz, retain_until),
                            failure = null, retry_at = null, changed_at = :at
                        where id = :id""").params(values).update();
    }

    /** A fault of ours: the state stays, it is tried again. */
    void failed(UUID id, String failure, Instant retryAt, Instant at) {
        jdbc.sql("""
                        update upload set attempts = attempts + 1, failure = :failure, retry_at = :retryAt, changed_at = :at
                        where id = :id""")
                .param("id", id)
                .param("failure", cut(failure))
                .param("retryAt", Timestamp.from(retryAt))
                .param("at", Timestamp.from(at))
                .update();
    }

    /** A person's decision. */
    void decided(UUID id, Actor by, String decision) {
        jdbc.sql("""
                        update upload set decided_by = :by, decided_by_name = :name, decision = :decision, attempts = 0
                        where id = :id""")
                .param("id", id)
                .param("by", by.id())
                .param("name", by.name())
                .param("decision", cut(decision))
                .update();
    }

    /** From now on it is the adoption of a late result. */
    void adopted(UUID id, UploadContext context) {
        jdbc.sql("update upload set source = 'ADOPTION', context = :context::jsonb, retain_until = null where id = :id")
                .param("id", id)
                .param("context", context.toJson())
                .update();
    }

    // ---- objects put before the catalogue knows them ------------------------------------------------------------

    void putObject(UUID id, int position, EvidenceObject object) {
        jdbc.sql("""
                        insert into upload_object (upload_id, position, member, sha256, size_bytes, crc32, key, version_id)
                        values (:id, :position, :member, :sha256, :size, :crc32, :key, :version)
                        on conflict (upload_id, position) do nothing""")
                .param("id", id)
                .param("position", position)
                .param("member", object.member())
                .param("sha256", object.sha256())
                .param("size", object.sizeBytes())
                .param("crc32", object.crc32())
                .param("key", object.version().key())
                .param("version", object.version().versionId())
                .update();
    }

    Map<String, ObjectVersion> objects(UUID id) {
        Map<String, ObjectVersion> objects = new HashMap<>();
        jdbc.sql("select member, key, version_id from upload_object where upload_id = :id")
                .param("id", id)
                .query((row, number) -> objects.put(
                        row.getString("member"), new ObjectVersion(row.getString("key"), row.getString("version_id"))))
                .list();
        return objects;
    }

    void forgetObjects(UUID id) {
        jdbc.sql("delete from upload_object where upload_id = :id")
                .param("id", id)
                .update();
    }

    private static String cut(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .limit(2000)
                .map(point -> point == 0 || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)
                        ? 0xFFFD
                        : point)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    private static Upload upload(ResultSet row, int number) throws SQLException {
        return new Upload(
                row.getObject("id", UUID.class),
                UploadState.valueOf(row.getString("state")),
                Upload.Source.valueOf(row.getString("source")),
                number(row, "job_id"),
                number(row, "job_epoch"),
                row.getString("file_name"),
                row.getLong("size_bytes"),
                row.getString("sha256"),
                row.getLong("offset_bytes"),
                new Actor(
                        row.getString("account_id"),
                        row.getString("account_name"),
                        row.getString("account_role"),
                        null,
                        null,
                        null),
                UploadContext.ofJson(row.getString("context")),
                row.getString("verdict"),
                row.getString("report"),
                row.getString("package_id"),
                row.getString("wacz_sha256"),
                row.getObject("evidence_id", UUID.class),
                row.getString("reason_code"),
                row.getString("reason"),
                row.getInt("attempts"),
                row.getString("failure"),
                time(row, "retry_at"),
                row.getString("decided_by_name"),
                row.getString("decision"),
                time(row, "retain_until"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("changed_at", OffsetDateTime.class).toInstant());
    }

    private static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
