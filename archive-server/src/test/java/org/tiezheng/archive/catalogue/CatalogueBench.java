package org.tiezheng.archive.catalogue;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.screens.BenchServer;
import org.tiezheng.evidence.Verdict;

/**
 * How long the queries of the evidence list and of the evidence page take with many rows, and the pages themselves over HTTP: {@code
 * bench/run catalogue}.
 *
 * <p>Rows are made by SQL: addresses, links, 40 words of page text each (pairs of characters, a few of them very common), ten
 * objects and twelve files each. Arguments: rows, runs of each query.
 */
public final class CatalogueBench {
    private final TestDatabase database = TestDatabase.create();
    private final EvidenceCatalogue catalogue = new EvidenceCatalogue(database.jdbc());
    private final Random random = new Random(1);
    private final int rows;
    private final int runs;

    private CatalogueBench(int rows, int runs) {
        this.rows = rows;
        this.runs = runs;
    }

    public static void main(String[] arguments) throws Exception {
        new CatalogueBench(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1])).run();
        System.exit(0);
    }

    private void run() throws Exception {
        long begin = System.nanoTime();
        fill(database, rows);
        System.out.printf(
                Locale.ROOT, "filled     %,d rows in %d s%n", rows, (System.nanoTime() - begin) / 1_000_000_000);
        AuditLog audit = new AuditLog(database.jdbc(), Clock.systemUTC());
        CaseLinks links = new CaseLinks(database.jdbc(), catalogue, database.transactions(), audit, Clock.systemUTC());
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            ids.add(new UUID(0, 1 + random.nextInt(rows)));
        }
        measure("evidence page: row, objects, files, report, links, custody", i -> {
            UUID id = ids.get(i);
            int seen = catalogue.find(id).orElseThrow().officerIds().size()
                    + catalogue.objects(id).size()
                    + catalogue.files(id).size()
                    + catalogue.report(id).orElse("").length()
                    + links.of(id).size()
                    + audit.ofObject("evidence", id.toString()).size();
            if (seen < 20) {
                throw new IllegalStateException("nothing there");
            }
        });
        list("list: first part of 50", i -> EvidenceQuery.ALL, false);
        list("list: somewhere deep", i -> EvidenceQuery.ALL, true);
        list("list: part of 500", i -> EvidenceQuery.ALL, true, 500);
        list("clue number", i -> with(null, "XS-" + random.nextInt(rows / 10), null, null, null, null), false);
        list("officer", i -> with(null, null, null, "officer-" + random.nextInt(500), null, null), false);
        list("verdict INVALID (1 in 1000)", i -> with(null, null, null, null, Verdict.INVALID, null), false);
        list("text: two characters, rare", i -> EvidenceQuery.text(pair(1000 + random.nextInt(30_000))), false);
        list("text: two characters, in every tenth row", i -> EvidenceQuery.text(pair(random.nextInt(4))), false);
        list(
                "text: one character",
                i -> EvidenceQuery.text(pair(random.nextInt(30_000)).substring(0, 1)),
                false);
        list("text: Latin word", i -> EvidenceQuery.text("item" + random.nextInt(rows)), false);
        list(
                "text: rare and common, in a month",
                i -> with(
                        pair(1000 + random.nextInt(30_000)) + " " + pair(random.nextInt(4)),
                        null,
                        null,
                        null,
                        null,
                        Instant.parse("2026-0" + (1 + random.nextInt(9)) + "-01T00:00:00Z")),
                false);
        list("shop", i -> with(null, null, pair(random.nextInt(3000)), null, null, null), false);
        list(
                "waiting for confirmation",
                i -> new EvidenceQuery(
                        null, null, null, null, null, null, null, null, null, null, null, null, false, null),
                false);
        // The same rows behind the whole server: what a browser waits for.
        try (BenchServer server = BenchServer.start(database)) {
            server.pages(runs);
        }
    }

    private static EvidenceQuery with(
            String text, String clue, String shop, String officer, Verdict verdict, Instant from) {
        return new EvidenceQuery(
                text, clue, null, null, shop, null, null, officer, from, null, verdict, null, null, null);
    }

    /** Pair number n, as the SQL makes it. */
    private static String pair(int n) {
        return new String(new int[] {0x4e00 + n % 173, 0x4e00 + 200 + n / 173}, 0, 2);
    }

    private interface Query {
        EvidenceQuery of(int i);
    }

    private interface Work {
        void run(int i);
    }

    private void list(String name, Query query, boolean deep) {
        list(name, query, deep, 50);
    }

    private void list(String name, Query query, boolean deep, int limit) {
        int[] found = {0};
        measure(name, i -> {
            Long cursor = deep ? (long) (limit + random.nextInt(rows - limit)) : null;
            found[0] += catalogue.search(query.of(i), cursor, limit).items().size();
        });
        System.out.printf(Locale.ROOT, "%62s found %.1f rows on average%n", "", found[0] / (double) runs);
    }

    private void measure(String name, Work work) {
        long[] nanos = new long[runs];
        for (int i = 0; i < 5; i++) {
            work.run(i);
        }
        for (int i = 0; i < runs; i++) {
            long begin = System.nanoTime();
            work.run(i);
            nanos[i] = System.nanoTime() - begin;
        }
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-60s median %7.1f ms   p95 %7.1f ms   worst %7.1f ms%n",
                name,
                nanos[runs / 2] / 1e6,
                nanos[(int) (runs * 0.95)] / 1e6,
                nanos[runs - 1] / 1e6);
    }

    /** Makes the rows in an empty database. */
    public static void fill(TestDatabase database, int rows) throws Exception {
        try (Connection connection = database.superuser().getConnection();
                Statement sql = connection.createStatement()) {
            // Rows come faster without the checks that real rows pass one by one.
            sql.execute("set session_replication_role = replica");
            sql.execute("set maintenance_work_mem = '512MB'");
            sql.execute("set max_parallel_maintenance_workers = 0");
            sql.execute("drop index evidence_text_words");
            fillEvidence(sql, rows);
            sql.execute("""
                    insert into evidence_text (number, body, cut, words)
                    select e.number, e.title, false, array_to_tsvector(w.words)
                    from evidence e cross join lateral (
                        select array_agg(distinct word) as words from (
                            select pair(((e.number * 7919 + k * 104729) % 30000)::int + 1000) as word from generate_series(1, 32) k
                            union all select pair((e.number % 40)::int) where e.number % 40 < 4
                            union all select pair((e.number % 30000)::int)
                            union all select 'item' || e.number
                            union all select 'shop' || e.number % 5000
                            union all select 'example'
                            union all select 'shop:' || pair((e.number % 3000)::int)
                            union all select 'platform:平台') all_words) w""");
            sql.execute("""
                    insert into evidence_object select id, p, 'member' || p, sha256, sm3, 1000, 0, 'sha256/aa/bb/' || sha256, 'v' || p
                    from evidence cross join generate_series(0, 9) p""");
            sql.execute("""
                    insert into evidence_file select id, p, 'evidence/file' || p, p * 1000, 1000, sha256, sm3
                    from evidence cross join generate_series(0, 11) p""");
            sql.execute("""
                    insert into evidence_link (evidence_id, kind, value, linked_at, linked_by, linked_by_name)
                    select id, 'CLUE', clue_no, archived_at, 'x', 'x' from evidence""");
            sql.execute("create index evidence_text_words on evidence_text using gin (words) with (fastupdate = off)");
            sql.execute("vacuum analyze");
        }
    }

    /** The rows of the packages alone, number n under the id n. Not indexed anew, no triggers: the caller sees to that. */
    public static void fillEvidence(Statement sql, int rows) throws SQLException {
        sql.execute("""
                create function pair(n int) returns text immutable language sql as
                $$ select chr(19968 + n % 173) || chr(20168 + n / 173) $$""");
        sql.execute("""
                insert into evidence (id, job_id, sha256, sm3, size_bytes, package_sha256, package_bytes, target_url, final_url,
                    title, captured_from, captured_to, sealed_at, archived_at, completeness, completeness_reasons, verdict,
                    verified_at, embedded_authority, report, origin, automatic, officer_ids, officer_names, archived_by,
                    archived_by_name, retain_until, clue_no, case_no, fact_to_prove, shop, platform, confirmed_at)
                select ('00000000-0000-0000-' || substr(lpad(to_hex(n), 16, '0'), 1, 4) || '-'
                        || substr(lpad(to_hex(n), 16, '0'), 5))::uuid,
                    n, encode(sha256(n::text::bytea), 'hex'), encode(sha256(('3' || n)::bytea), 'hex'), 5000000,
                    encode(sha256(('p' || n)::bytea), 'hex'), 5100000, 'https://shop' || n % 5000 || '.example/item' || n,
                    'https://shop' || n % 5000 || '.example/item' || n, pair(n % 30000) || pair(n % 7001),
                    '2026-01-01T00:00:00Z'::timestamptz + n * interval '25 seconds',
                    '2026-01-01T00:01:00Z'::timestamptz + n * interval '25 seconds',
                    '2026-01-01T00:02:00Z'::timestamptz + n * interval '25 seconds',
                    '2026-01-01T00:03:00Z'::timestamptz + n * interval '25 seconds',
                    case when n % 20 = 0 then 'PARTIAL' else 'COMPLETE' end, '{}',
                    case when n % 1000 = 0 then 'INVALID' else 'VALID' end,
                    '2026-01-01T00:03:00Z'::timestamptz + n * interval '25 seconds', true,
                    jsonb_build_object('format', 'tiezheng-report/1', 'n', n), 'JOB', n % 3 = 0,
                    array['officer-' || n % 500, 'officer-' || (n + 7) % 500], array['甲', '乙'], 'agent', 'agent',
                    '2030-01-01T00:00:00Z', 'XS-' || n / 10, case when n % 4 = 0 then 'AJ-' || n / 40 end,
                    '虚假宣传', pair(n % 3000) || '店', '某平台',
                    case when n % 10 > 0 then '2026-11-01T00:00:00Z'::timestamptz end
                from generate_series(1, :rows) n""".replace(":rows", String.valueOf(rows)));
    }
}
