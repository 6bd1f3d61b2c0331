package org.tiezheng.archive.catalogue;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.Verdict;
import org.tiezheng.storage.ObjectVersion;

/**
 * Finds archived evidence. Reads only; says nothing about who may see what it finds ({@link EvidenceAccess} does).
 *
 * <p>Safe for use by many threads.
 */
public final class EvidenceCatalogue {
    /** Most rows of one part of a list. */
    public static final int MAX_LIMIT = 500;

    private static final long WINDOW = 20_000;

    private static final String COLUMNS = """
            e.id, e.number, e.job_id, e.sha256, e.sm3, e.size_bytes, e.package_sha256, e.package_bytes, e.target_url,
            e.final_url, e.title, e.captured_from, e.captured_to, e.sealed_at, e.archived_at, e.completeness,
            e.completeness_reasons, e.verdict, e.verified_at, e.embedded_authority, e.origin, e.automatic, e.reviewed_at,
            e.officer_ids, e.officer_names, e.archived_by, e.archived_by_name, e.purpose, e.retain_until, e.clue_no,
            e.case_no, e.fact_to_prove, e.shop, e.platform, e.confirmed_at, e.archival_code, e.held,
            e.disposed_at, e.disposal_id, e.version""";

    private final JdbcClient jdbc;

    public EvidenceCatalogue(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    public Optional<Evidence> find(UUID id) {
        return jdbc.sql("select " + COLUMNS + " from evidence e where e.id = :id")
                .param("id", id)
                .query(EvidenceCatalogue::evidence)
                .optional();
    }

    /** By the identity of the package: SHA-256 of capture.wacz, 64 lower-case hex digits. */
    public Optional<Evidence> findByDigest(String sha256) {
        return jdbc.sql("select " + COLUMNS + " from evidence e where e.sha256 = :sha256")
                .param("sha256", sha256)
                .query(EvidenceCatalogue::evidence)
                .optional();
    }

    public Optional<Evidence> findByJob(long jobId) {
        return jdbc.sql("select " + COLUMNS + " from evidence e where e.job_id = :jobId")
                .param("jobId", jobId)
                .query(EvidenceCatalogue::evidence)
                .optional();
    }

    /** The members of the container, in its order; empty if there is no such evidence. */
    public List<EvidenceObject> objects(UUID id) {
        return jdbc.sql("""
                        select member, sha256, sm3, size_bytes, crc32, key, version_id from evidence_object
                        where evidence_id = :id order by position""")
                .param("id", id)
                .query((row, number) -> new EvidenceObject(
                        row.getString("member"),
                        row.getString("sha256"),
                        row.getString("sm3"),
                        row.getLong("size_bytes"),
                        row.getLong("crc32"),
                        new ObjectVersion(row.getString("key"), row.getString("version_id"))))
                .list();
    }

    /** The files inside capture.wacz, in its order; empty if there is no such evidence. */
    public List<EvidenceFile> files(UUID id) {
        return jdbc.sql("""
                        select name, data_offset, size_bytes, sha256, sm3 from evidence_file
                        where evidence_id = :id order by position""")
                .param("id", id)
                .query((row, number) -> new EvidenceFile(
                        row.getString("name"),
                        row.getLong("data_offset"),
                        row.getLong("size_bytes"),
                        row.getString("sha256"),
                        row.getString("sm3")))
                .list();
    }

    /** Report of the verification at ingest: JSON in the form {@code tiezheng-report/1} of the verifier's {@code --json}. */
    public Optional<String> report(UUID id) {
        return jdbc.sql("select report::text from evidence where id = :id")
                .param("id", id)
                .query(String.class)
                .optional();
    }

    /**
     * One part of a list, newest archived first.
     *
     * @param cursor what the part before gave as {@link EvidencePage#next}; null for the first
     * @param limit 1 to {@value #MAX_LIMIT}
     */
    public EvidencePage search(EvidenceQuery query, @Nullable Long cursor, int limit) {
        return search(query, null, cursor, limit);
    }

    /**
     * As {@link #search(EvidenceQuery, Long, int)}, without the captures that {@code notOfficer} had a part in.
     *
     * @param notOfficer account id; null to leave nothing out
     */
    public EvidencePage search(EvidenceQuery query, @Nullable String notOfficer, @Nullable Long cursor, int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit " + limit + " is not 1 to " + MAX_LIMIT);
        }
        Conditions where = conditions(query, notOfficer);
        if (cursor != null) {
            where.and("e.number < :cursor", "cursor", cursor);
        }
        List<Evidence> rows = where.words ? latest(where, cursor, limit + 1) : List.of();
        if (rows.size() <= limit) {
            rows = rows(where, where.words ? "e.number + 0" : "e.number", limit + 1);
        }
        boolean more = rows.size() > limit;
        List<Evidence> items = more ? rows.subList(0, limit) : rows;
        return new EvidencePage(items, more ? items.get(limit - 1).number() : null);
    }

    /**
     * Matches among the latest {@value #WINDOW} rows before the cursor.
     *
     * <p>How common a word is, or the beginning of one, the database cannot tell: it takes five in a thousand for granted, walks
     * back through all rows in their order, and finds nothing for seconds. So the order is walked a short way only; where that is
     * not enough the word is rare, and is looked up in the index of words ({@code number + 0} keeps the database from walking).
     */
    private List<Evidence> latest(Conditions where, @Nullable Long cursor, int limit) {
        return rows(where.after(floor(cursor)), "e.number", limit);
    }

    private long floor(@Nullable Long cursor) {
        long from = cursor != null
                ? cursor
                : jdbc.sql("select coalesce(max(number), 0) from evidence")
                        .query(Long.class)
                        .single();
        return from - WINDOW;
    }

    private List<Evidence> rows(Conditions where, String order, int limit) {
        return jdbc.sql("select " + COLUMNS + " from " + where.tables() + where.text() + " order by " + order
                        + " desc limit " + limit)
                .params(where.values)
                .query(EvidenceCatalogue::evidence)
                .list();
    }

    /**
     * How many match, counted to {@code most} and no further: the answer {@code most} means that many or more.
     *
     * @param notOfficer as in {@link #search(EvidenceQuery, String, Long, int)}
     */
    public int count(EvidenceQuery query, @Nullable String notOfficer, int most) {
        Conditions where = conditions(query, notOfficer);
        int found = where.words ? count(where.after(floor(null)), "", most) : 0;
        return found >= most ? found : count(where, where.words ? " order by e.number + 0" : "", most);
    }

    private int count(Conditions where, String order, int most) {
        return jdbc.sql("select count(*) from (select 1 from " + where.tables() + where.text() + order + " limit "
                        + most + ") as found")
                .params(where.values)
                .query(Integer.class)
                .single();
    }

    /** Conditions with their values; asks for the words only if a condition needs them. */
    private static final class Conditions {
        final Map<String, Object> values = new LinkedHashMap<>();
        private final List<String> conditions = new ArrayList<>();
        private boolean words;

        void and(String condition, String name, @Nullable Object value) {
            if (value != null) {
                conditions.add(condition);
                values.put(name, value);
            }
        }

        void and(String condition) {
            conditions.add(condition);
        }

        /** The same, but only rows with a greater number. */
        Conditions after(long number) {
            Conditions window = new Conditions();
            window.values.putAll(values);
            window.conditions.addAll(conditions);
            window.words = words;
            window.and("t.number > :floor", "floor", number);
            return window;
        }

        /** A text without a letter or digit finds nothing: a search that is not understood must not show everything. */
        void words(String name, String prefix, @Nullable String text) {
            if (text == null || text.isBlank()) {
                return;
            }
            String query = SearchWords.query(prefix, text);
            if (query.isEmpty()) {
                conditions.add("false");
                return;
            }
            words = true;
            and("t.words @@ (:" + name + ")::tsquery", name, query);
        }

        String tables() {
            return words ? "evidence_text t join evidence e on e.number = t.number" : "evidence e";
        }

        String text() {
            return conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions);
        }
    }

    private static Conditions conditions(EvidenceQuery query, @Nullable String notOfficer) {
        Conditions where = new Conditions();
        where.words("text", "", query.text());
        if (where.words && query.text() != null) {
            int number = 0;
            for (String part : SearchWords.substrings(query.text())) {
                String name = "part" + number++;
                where.and("strpos(t.body, :" + name + ") > 0", name, part);
            }
        }
        where.words("fact", SearchText.FACT, query.factToProve());
        where.words("shop", SearchText.SHOP, query.shop());
        where.words("platform", SearchText.PLATFORM, query.platform());
        where.words("address", SearchText.ADDRESS, query.address());
        where.and("e.clue_no = :clue", "clue", query.clueNo());
        where.and("e.case_no = :case", "case", query.caseNo());
        where.and("e.officer_ids @> array[:officer]::text[]", "officer", query.officerId());
        where.and("e.captured_from >= :from", "from", timestamp(query.capturedFrom()));
        where.and("e.captured_from < :to", "to", timestamp(query.capturedTo()));
        where.and(
                "e.verdict = :verdict",
                "verdict",
                query.verdict() == null ? null : query.verdict().name());
        where.and("e.completeness = :completeness", "completeness", query.completeness());
        if (query.confirmed() != null) {
            where.and(query.confirmed() ? "e.confirmed_at is not null" : "e.confirmed_at is null");
        }
        if (query.awaitsReview() != null) {
            where.and(
                    query.awaitsReview()
                            ? "e.automatic and e.reviewed_at is null"
                            : "not (e.automatic and e.reviewed_at is null)");
        }
        if (query.archivalCode() != null && !query.archivalCode().isBlank()) {
            where.and(
                    "e.archival_code like :code",
                    "code",
                    query.archivalCode().strip().replaceAll("([\\\\%_])", "\\\\$1") + "%");
        }
        if (query.filed() != null) {
            where.and(query.filed() ? "e.archival_code is not null" : "e.archival_code is null");
        }
        if (query.held() != null) {
            where.and(query.held() ? "e.held" : "not e.held");
        }
        where.and("not (e.officer_ids @> array[:notOfficer]::text[])", "notOfficer", notOfficer);
        return where;
    }

    private static @Nullable Timestamp timestamp(@Nullable Instant time) {
        return time == null ? null : Timestamp.from(time);
    }

    private static Evidence evidence(ResultSet row, int number) throws SQLException {
        long jobId = row.getLong("job_id");
        Long job = row.wasNull() ? null : jobId;
        return new Evidence(
                row.getObject("id", UUID.class),
                row.getLong("number"),
                job,
                Digest.sha256(row.getString("sha256")),
                Digest.sm3(row.getString("sm3")),
                row.getLong("size_bytes"),
                Digest.sha256(row.getString("package_sha256")),
                row.getLong("package_bytes"),
                row.getString("target_url"),
                row.getString("final_url"),
                row.getString("title"),
                time(row, "captured_from"),
                time(row, "captured_to"),
                timeIfAny(row, "sealed_at"),
                time(row, "archived_at"),
                row.getString("completeness"),
                texts(row, "completeness_reasons"),
                Verdict.valueOf(row.getString("verdict")),
                time(row, "verified_at"),
                row.getBoolean("embedded_authority"),
                Evidence.Origin.valueOf(row.getString("origin")),
                row.getBoolean("automatic"),
                timeIfAny(row, "reviewed_at"),
                texts(row, "officer_ids"),
                texts(row, "officer_names"),
                row.getString("archived_by"),
                row.getString("archived_by_name"),
                row.getString("purpose"),
                time(row, "retain_until"),
                row.getString("clue_no"),
                row.getString("case_no"),
                row.getString("fact_to_prove"),
                row.getString("shop"),
                row.getString("platform"),
                timeIfAny(row, "confirmed_at"),
                row.getString("archival_code"),
                row.getBoolean("held"),
                timeIfAny(row, "disposed_at"),
                row.getObject("disposal_id", UUID.class),
                row.getLong("version"));
    }

    static Instant time(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static @Nullable Instant timeIfAny(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    static List<String> texts(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        try {
            return List.of((String[]) array.getArray());
        } finally {
            array.free();
        }
    }
}
