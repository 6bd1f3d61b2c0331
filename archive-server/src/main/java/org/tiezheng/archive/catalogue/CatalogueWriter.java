package org.tiezheng.archive.catalogue;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.evidence.Digest;
import org.tiezheng.evidence.log.LogEvent;

/** Puts evidence into the catalogue, in the transaction of whoever archives it. Safe for use by many threads. */
public final class CatalogueWriter {
    private final JdbcClient jdbc;

    public CatalogueWriter(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Adds the row, its objects and files, the words to find it by, its first links, and leaves for the log: the package's own
     * and those that name its objects, one unless it has hundreds.
     *
     * @param archivedBy who brought it
     * @param at now
     * @param leaf line of the package for the transparency log
     * @return number of the evidence
     * @throws IllegalStateException if there is no transaction
     * @throws org.springframework.dao.DuplicateKeyException if id, digest or job are in the catalogue already
     */
    public long insert(NewEvidence evidence, Actor archivedBy, Instant at, String leaf) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("evidence is archived in one transaction");
        }
        long number = evidenceRow(evidence, archivedBy, at);
        objects(evidence);
        files(evidence);
        text(evidence, number);
        links(evidence, archivedBy, at);
        queue("package", leaf, evidence.id(), at);
        LogEvent.objectsOf(evidence.id(), evidence.retainUntil(), members(evidence), at)
                .forEach(objects -> queue(objects.kind().word(), objects.toString(), evidence.id(), at));
        return number;
    }

    private void queue(String kind, String leaf, UUID id, Instant at) {
        jdbc.sql("insert into log_queue (leaf, kind, evidence_id, queued_at) values (:leaf, :kind, :id, :at)")
                .param("leaf", leaf)
                .param("kind", kind)
                .param("id", id)
                .param("at", Timestamp.from(at))
                .update();
    }

    private static List<LogEvent.Member> members(NewEvidence evidence) {
        return evidence.objects().stream()
                .map(object -> new LogEvent.Member(object.member(), Digest.sha256(object.sha256()), object.sizeBytes()))
                .toList();
    }

    private long evidenceRow(NewEvidence evidence, Actor archivedBy, Instant at) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("id", evidence.id());
        row.put("jobId", evidence.jobId());
        row.put("sha256", evidence.sha256());
        row.put("sm3", evidence.sm3());
        row.put("size", evidence.sizeBytes());
        row.put("packageSha256", evidence.packageSha256());
        row.put("packageBytes", evidence.packageBytes());
        row.put("targetUrl", storable(evidence.targetUrl()));
        row.put("finalUrl", storable(evidence.finalUrl()));
        row.put("title", storable(evidence.title()));
        row.put("capturedFrom", Timestamp.from(evidence.capturedFrom()));
        row.put("capturedTo", Timestamp.from(evidence.capturedTo()));
        row.put("sealedAt", evidence.sealedAt() == null ? null : Timestamp.from(evidence.sealedAt()));
        row.put("archivedAt", Timestamp.from(at));
        row.put("completeness", evidence.completeness());
        row.put("reasons", evidence.completenessReasons().toArray(new String[0]));
        row.put("verdict", evidence.verdict().name());
        row.put("verifiedAt", Timestamp.from(evidence.verifiedAt()));
        row.put("embedded", evidence.embeddedAuthority());
        row.put("report", evidence.reportJson());
        row.put("origin", evidence.origin().name());
        row.put("automatic", evidence.automatic());
        row.put("officerIds", evidence.officerIds().toArray(new String[0]));
        row.put("officerNames", evidence.officerNames().toArray(new String[0]));
        row.put("archivedBy", archivedBy.id());
        row.put("archivedByName", archivedBy.name());
        row.put("purpose", storable(evidence.purpose()));
        row.put("retainUntil", Timestamp.from(evidence.retainUntil()));
        row.put("clue", storable(evidence.links().clueNo()));
        row.put("case", storable(evidence.links().caseNo()));
        row.put("fact", storable(evidence.links().factToProve()));
        row.put("shop", storable(evidence.links().shop()));
        row.put("platform", storable(evidence.links().platform()));
        return jdbc.sql("""
                        insert into evidence (id, job_id, sha256, sm3, size_bytes, package_sha256, package_bytes, target_url,
                            final_url, title, captured_from, captured_to, sealed_at, archived_at, completeness,
                            completeness_reasons, verdict, verified_at, embedded_authority, report, origin, automatic,
                            officer_ids, officer_names, archived_by, archived_by_name, purpose, retain_until, clue_no, case_no,
                            fact_to_prove, shop, platform)
                        values (:id, :jobId, :sha256, :sm3, :size, :packageSha256, :packageBytes, :targetUrl, :finalUrl, :title,
                            :capturedFrom, :capturedTo, :sealedAt, :archivedAt, :completeness, :reasons, :verdict, :verifiedAt,
                            :embedded, :report::jsonb, :origin, :automatic, :officerIds, :officerNames, :archivedBy,
                            :archivedByName, :purpose, :retainUntil, :clue, :case, :fact, :shop, :platform)
                        returning number""").params(row).query(Long.class).single();
    }

    private void objects(NewEvidence evidence) {
        int position = 0;
        for (EvidenceObject object : evidence.objects()) {
            Map<String, @Nullable Object> row = new HashMap<>();
            row.put("id", evidence.id());
            row.put("position", position++);
            row.put("member", object.member());
            row.put("sha256", object.sha256());
            row.put("sm3", object.sm3());
            row.put("size", object.sizeBytes());
            row.put("crc32", object.crc32());
            row.put("key", object.version().key());
            row.put("version", object.version().versionId());
            jdbc.sql("""
                            insert into evidence_object (evidence_id, position, member, sha256, sm3, size_bytes, crc32, key,
                                version_id)
                            values (:id, :position, :member, :sha256, :sm3, :size, :crc32, :key, :version)""").params(row).update();
        }
    }

    private void files(NewEvidence evidence) {
        List<EvidenceFile> files = evidence.files();
        String[] names = new String[files.size()];
        Long[] offsets = new Long[files.size()];
        Long[] sizes = new Long[files.size()];
        @Nullable String[] sha256 = new @Nullable String[files.size()];
        @Nullable String[] sm3 = new @Nullable String[files.size()];
        for (int i = 0; i < names.length; i++) {
            EvidenceFile file = files.get(i);
            names[i] = file.name();
            offsets[i] = file.dataOffset();
            sizes[i] = file.sizeBytes();
            sha256[i] = file.sha256();
            sm3[i] = file.sm3();
        }
        jdbc.sql("""
                        insert into evidence_file (evidence_id, position, name, data_offset, size_bytes, sha256, sm3)
                        select :id, f.position - 1, f.name, f.data_offset, f.size_bytes, f.sha256, f.sm3
                        from unnest(:names, :offsets, :sizes, :sha256, :sm3) with ordinality
                            as f (name, data_offset, size_bytes, sha256, sm3, position)""")
                .param("id", evidence.id())
                .param("names", names)
                .param("offsets", offsets)
                .param("sizes", sizes)
                .param("sha256", sha256)
                .param("sm3", sm3)
                .update();
    }

    private void text(NewEvidence evidence, long number) {
        NewEvidence.InitialLinks links = evidence.links();
        SearchText text = SearchText.of(
                evidence.targetUrl(),
                evidence.finalUrl(),
                evidence.title(),
                new SearchText.Links(
                        links.clueNo(), links.caseNo(), links.factToProve(), links.shop(), links.platform(), null),
                evidence.pageText());
        jdbc.sql("""
                        insert into evidence_text (number, body, cut, words)
                        values (:number, :body, :cut, array_to_tsvector(:words))""")
                .param("number", number)
                .param("body", text.body())
                .param("cut", text.cut())
                .param("words", text.words())
                .update();
    }

    private void links(NewEvidence evidence, Actor by, Instant at) {
        Map<String, @Nullable String> given = new HashMap<>();
        given.put("CLUE", evidence.links().clueNo());
        given.put("CASE", evidence.links().caseNo());
        given.put("FACT", evidence.links().factToProve());
        given.put("SHOP", evidence.links().shop());
        given.put("PLATFORM", evidence.links().platform());
        given.forEach((kind, value) -> {
            if (value != null) {
                jdbc.sql("""
                                insert into evidence_link (evidence_id, kind, value, linked_at, linked_by, linked_by_name)
                                values (:id, :kind, :value, :at, :by, :name)""")
                        .param("id", evidence.id())
                        .param("kind", kind)
                        .param("value", storable(value))
                        .param("at", Timestamp.from(at))
                        .param("by", by.id())
                        .param("name", by.name())
                        .update();
            }
        });
    }

    /** Titles and addresses come from pages: what a PostgreSQL text cannot hold becomes U+FFFD. */
    static @Nullable String storable(@Nullable String text) {
        if (text == null) {
            return null;
        }
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints()
                .map(point -> point == 0 || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)
                        ? 0xFFFD
                        : point)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }
}
