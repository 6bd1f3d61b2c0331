package org.tiezheng.archive.filing;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Reads what was filed, and the volumes. Safe for use by many threads. */
public final class FiledRegister {
    /** Most rows of one part of a list. */
    public static final int MAX_LIMIT = 500;

    private static final String FILED = """
            select f.*, r.name as fonds_name, r.unit as fonds_unit, v.archival_code as volume_code, v.volume_no as volume_no,
                v.case_no as volume_case
            from filed f join fonds_rule r on r.id = f.rule_id left join volume v on v.id = f.volume_id""";

    private static final String VOLUMES = """
            select v.*, (select count(*) from filed f where f.volume_id = v.id) as items from volume v""";

    private final JdbcClient jdbc;

    public FiledRegister(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    public Optional<Filed> find(UUID evidenceId) {
        return jdbc.sql(FILED + " where f.evidence_id = :id")
                .param("id", evidenceId)
                .query(FiledRegister::filed)
                .optional();
    }

    /** By the whole code. */
    public Optional<Filed> findByCode(String archivalCode) {
        return jdbc.sql(FILED + " where f.archival_code = :code")
                .param("code", archivalCode)
                .query(FiledRegister::filed)
                .optional();
    }

    /**
     * One part of all that was filed, newest first.
     *
     * @param before number of the last row of the part before; null for the first
     * @param limit 1 to {@value #MAX_LIMIT}
     */
    public List<Filed> latest(@Nullable Long before, int limit) {
        return jdbc.sql(FILED + " where f.number < :before order by f.number desc limit :limit")
                .param("before", before == null ? Long.MAX_VALUE : before)
                .param("limit", limit)
                .query(FiledRegister::filed)
                .list();
    }

    /** The items of a volume by their number. */
    public List<Filed> ofVolume(UUID volumeId, int after, int limit) {
        return jdbc.sql(FILED + " where f.volume_id = :id and f.item_no > :after order by f.item_no limit :limit")
                .param("id", volumeId)
                .param("after", after)
                .param("limit", limit)
                .query(FiledRegister::filed)
                .list();
    }

    public Optional<Volume> volume(UUID id) {
        return jdbc.sql(VOLUMES + " where v.id = :id")
                .param("id", id)
                .query(FiledRegister::volume)
                .optional();
    }

    /** By the whole code of the volume. */
    public Optional<Volume> volumeByCode(String archivalCode) {
        return jdbc.sql(VOLUMES + " where v.archival_code = :code")
                .param("code", archivalCode)
                .query(FiledRegister::volume)
                .optional();
    }

    /** All volumes of a case: one for each fonds and retention class. */
    public List<Volume> volumesOfCase(String caseNo) {
        return jdbc.sql(VOLUMES + " where v.case_no = :case order by v.archival_code")
                .param("case", caseNo)
                .query(FiledRegister::volume)
                .list();
    }

    /** Volumes, newest first. */
    public List<Volume> volumes(@Nullable OffsetDateTime before, int limit) {
        return jdbc.sql(VOLUMES + " where :before::timestamptz is null or v.opened_at < :before"
                        + " order by v.opened_at desc, v.id limit :limit")
                .param("before", before)
                .param("limit", limit)
                .query(FiledRegister::volume)
                .list();
    }

    /** Numbers between 1 and the last of a series that no code has; at most 100. */
    public List<Integer> gaps(String series) {
        return jdbc.sql("""
                        select n from code_series s, generate_series(1, s.last_number) as n
                        where s.series = :series
                            and not exists (select 1 from filed f where f.series = s.series and f.item_no = n)
                            and not exists (select 1 from volume v where v.series = s.series and v.volume_no = n)
                        order by n limit 100""").param("series", series).query(Integer.class).list();
    }

    /** Whether numbers of this series came with packages of another archive, so that gaps need not be ours. */
    public boolean isImported(String series) {
        return jdbc.sql("select imported from code_series where series = :series")
                .param("series", series)
                .query(Boolean.class)
                .optional()
                .orElse(false);
    }

    /** Metadata that came with an imported package. */
    public Optional<byte[]> document(UUID evidenceId, String name) {
        return jdbc.sql("select content from filed_document where evidence_id = :id and name = :name")
                .param("id", evidenceId)
                .param("name", name)
                .query((row, number) -> row.getBytes("content"))
                .optional();
    }

    /** Names of what {@link #document} has. */
    public List<String> documents(UUID evidenceId) {
        return jdbc.sql("select name from filed_document where evidence_id = :id order by name")
                .param("id", evidenceId)
                .query(String.class)
                .list();
    }

    private static Volume volume(ResultSet row, int number) throws SQLException {
        return new Volume(
                row.getObject("id", UUID.class),
                row.getString("archival_code"),
                row.getString("fonds_no"),
                row.getLong("rule_id"),
                row.getString("series"),
                row.getInt("volume_no"),
                row.getString("case_no"),
                row.getString("retention_class"),
                row.getString("category"),
                row.getString("organisation"),
                row.getInt("year"),
                row.getString("title"),
                Filed.Origin.valueOf(row.getString("origin")),
                row.getObject("opened_at", OffsetDateTime.class).toInstant(),
                row.getString("opened_by_name"),
                row.getInt("items"));
    }

    private static Filed filed(ResultSet row, int number) throws SQLException {
        int volumeNo = row.getInt("volume_no");
        return new Filed(
                row.getObject("evidence_id", UUID.class),
                row.getLong("number"),
                row.getString("archival_code"),
                row.getString("fonds_no"),
                row.getString("fonds_name"),
                row.getString("fonds_unit"),
                row.getLong("rule_id"),
                row.getString("series"),
                row.getInt("item_no"),
                row.getObject("volume_id", UUID.class),
                row.getString("volume_code"),
                volumeNo == 0 ? null : volumeNo,
                row.getString("volume_case"),
                row.getString("category"),
                row.getString("organisation"),
                row.getInt("year"),
                row.getString("retention_class"),
                row.getString("title"),
                row.getString("responsible"),
                row.getObject("document_date", LocalDate.class),
                row.getString("document_type"),
                row.getString("page_no"),
                Filed.Origin.valueOf(row.getString("origin")),
                row.getObject("run_id", UUID.class),
                row.getString("reason"),
                row.getObject("report_id", UUID.class),
                row.getString("report_sha256"),
                row.getObject("filed_at", OffsetDateTime.class).toInstant(),
                row.getString("filed_by"),
                row.getString("filed_by_name"));
    }
}
