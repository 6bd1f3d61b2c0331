package org.tiezheng.archive.preservation;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import org.tiezheng.archive.catalogue.CatalogueBench;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.filing.FilingFigures;
import org.tiezheng.archive.fixity.FixityFigures;
import org.tiezheng.archive.identity.Role;
import org.tiezheng.archive.identity.TestUsers;
import org.tiezheng.archive.log.LogFigures;
import org.tiezheng.archive.records.RecordFigures;
import org.tiezheng.archive.retention.RetentionFigures;
import org.tiezheng.archive.screens.BenchServer;

/**
 * How long figures and lists of preservation take with many packages, counted by the services themselves and as pages over HTTP: {@code
 * bench/run preservation}.
 *
 * <p>Of n packages: n rows of retention and of its history, n objects with 2n copies and 2n checks, n packages compared, n in batches of
 * 100, 60 in 100 filed, 1 in 20 held, 1 in 100 destroyed, n audit events, n entries that the log really takes in and proves. Rows are made
 * by SQL; nothing is in the stores, so the server does not read them. Arguments: packages, runs of each page.
 */
public final class PreservationBench {
    /** So long the log may take for its entries. */
    private static final long LOG_SECONDS = 1800;

    private final TestDatabase database = TestDatabase.create();
    private final Random random = new Random(1);
    private final int rows;
    private final int runs;

    private PreservationBench(int rows, int runs) {
        this.rows = rows;
        this.runs = runs;
    }

    public static void main(String[] arguments) throws Exception {
        new PreservationBench(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1])).run();
        System.exit(0);
    }

    private void run() throws Exception {
        long begin = System.nanoTime();
        fill();
        say("filled", begin);
        try (BenchServer server = BenchServer.start(
                database, "--tiezheng.fixity.enabled=false", "--tiezheng.retention.check-every=3650d")) {
            begin = System.nanoTime();
            awaitLog(server.bean(LogFigures.class));
            say("logged", begin);
            figures(server);
            pages(server);
        }
    }

    private void say(String what, long begin) {
        System.out.printf(
                Locale.ROOT, "%-10s %,d packages in %d s%n", what, rows, (System.nanoTime() - begin) / 1_000_000_000);
    }

    /** Until every package has its proof: else the log's work is measured with the pages. */
    private void awaitLog(LogFigures log) throws InterruptedException {
        for (long waited = 0; behind(log.now()) || unproved() > 0; waited++) {
            if (waited > LOG_SECONDS) {
                throw new IllegalStateException("the log does not catch up: " + log.now());
            }
            Thread.sleep(1000);
        }
    }

    /** Packages in the log without their proof; other entries get none. */
    private long unproved() {
        return database.jdbc()
                .sql(
                        "select (select count(*) from log_entry where kind = 'package') - (select count(*) from log_proof)")
                .query(Long.class)
                .single();
    }

    private static boolean behind(LogFigures.Now now) {
        return now.state().waiting() > 0 || now.publishedSize() < now.state().assigned();
    }

    private interface Work {
        Object run();
    }

    private void figures(BenchServer server) {
        FixityFigures fixity = server.bean(FixityFigures.class);
        RetentionFigures retention = server.bean(RetentionFigures.class);
        FilingFigures filing = server.bean(FilingFigures.class);
        LogFigures log = server.bean(LogFigures.class);
        Instant now = Instant.parse("2026-12-01T00:00:00Z");
        measure("figure: fixity, counted anew", fixity::recount);
        measure("figure: fixity, as shown", fixity::now);
        measure("figure: calendar, as shown", () -> fixity.calendar(90));
        measure("figure: classes", retention::distribution);
        measure("figure: bases", retention::bases);
        measure("figure: what waits in retention", retention::waiting);
        measure("figure: ending within a year", () -> retention.endingBefore(now));
        measure("figure: filing", filing::now);
        measure("figure: fonds", filing::fonds);
        measure("figure: records", server.bean(RecordFigures.class)::now);
        measure("figure: log", log::now);
        measure("list: entries of a rare kind", () -> log.entries("hold", Long.MAX_VALUE, 50));
    }

    private void measure(String name, Work work) {
        int times = Math.min(runs, 30);
        double[] millis = new double[times];
        double first = 0;
        for (int i = -1; i < times; i++) {
            long begin = System.nanoTime();
            if (work.run().hashCode() == 1) {
                System.out.print("");
            }
            double took = (System.nanoTime() - begin) / 1e6;
            if (i < 0) {
                first = took;
            } else {
                millis[i] = took;
            }
        }
        Arrays.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "%-60s median %7.1f ms   p95 %7.1f ms   worst %7.1f ms   first %7.1f ms%n",
                name,
                millis[times / 2],
                millis[(int) (times * 0.95)],
                millis[times - 1],
                first);
    }

    /** A package that was not destroyed. */
    private UUID some() {
        return new UUID(0, 100L * random.nextInt(rows / 100) + 1);
    }

    private void pages(BenchServer server) throws Exception {
        TestUsers.Browser archivist = server.signIn(Role.ARCHIVIST);
        TestUsers.Browser auditor = server.signIn(Role.AUDITOR);
        for (String path : new String[] {
            "/preservation",
            "/preservation/copies",
            "/preservation/copies?state=never",
            "/preservation/copies?state=overdue",
            "/preservation/copies?state=bad",
            "/preservation/copies?state=remarked",
            "/preservation/copies?state=checked",
            "/preservation/copies?store=custodian",
            "/preservation/packages",
            "/preservation/packages?state=soon",
            "/preservation/packages?state=ended",
            "/preservation/packages?state=running",
            "/preservation/packages?state=open",
            "/preservation/packages?state=locks-behind",
            "/preservation/packages?class=CLUE",
            "/preservation/recorded",
            "/preservation/recorded?state=bad",
            "/preservation/batches?state=ending",
            "/preservation/authorities",
            "/retention",
            "/retention/classes",
            "/retention/cases",
            "/retention/approvals",
            "/holds",
            "/holds/" + new UUID(1, 1),
            "/appraisals",
            "/disposals",
            "/disposals/" + new UUID(2, 1),
            "/filing",
            "/filing/filed",
            "/filing/volumes",
            "/filing/volumes/" + new UUID(3, 1),
            "/filing/fonds",
            "/filing/exports",
            "/filing/imports",
            "/records",
            "/records/batches/" + new UUID(4, 1),
            "/fixity",
            "/fixity/damages/" + new UUID(5, 1),
            "/api/v1/fixity/results?alarming=true",
            "/api/v1/fixity/damages",
            "/api/v1/filing/waiting",
            "/api/v1/appraisals",
            "/preservation/log",
            "/preservation/log?kind=hold",
            "/preservation/log?cursor=" + rows / 2,
            "/stores",
            "/status"
        }) {
            BenchServer.page(archivist, runs, path.replaceAll("0{8}-[0-9-]*", "…"), i -> path);
        }
        for (String path : new String[] {"/reports", "/findings", "/audit", "/audit?action=hold.place"}) {
            BenchServer.page(auditor, runs, path, i -> path);
        }
        BenchServer.page(
                archivist, runs, "/api/v1/evidence/…/retention", i -> "/api/v1/evidence/" + some() + "/retention");
        BenchServer.page(archivist, runs, "/api/v1/evidence/…/fixity", i -> "/api/v1/evidence/" + some() + "/fixity");
    }

    // ---- rows -----------------------------------------------------------------------------------------------------

    private void fill() throws Exception {
        try (Connection connection = database.superuser().getConnection();
                Statement sql = connection.createStatement()) {
            // Rows come faster without the checks that real rows pass one by one.
            sql.execute("set session_replication_role = replica");
            sql.execute("create function nth(kind int, n bigint) returns uuid immutable language sql as $$ select"
                    + " (lpad(to_hex(kind), 16, '0') || lpad(to_hex(n), 16, '0'))::uuid $$");
            sql.execute("set maintenance_work_mem = '512MB'");
            List<String> indexes = dropIndexes(sql);
            CatalogueBench.fillEvidence(sql, rows);
            retention(sql);
            filing(sql);
            fixity(sql);
            records(sql);
            rest(sql);
            for (String index : indexes) {
                sql.execute(index);
            }
            sql.execute("vacuum analyze");
        }
    }

    /** Rows are filled in without them: made at the end, they cost a tenth. @return how to make them again */
    private static List<String> dropIndexes(Statement sql) throws SQLException {
        List<String> names = new ArrayList<>();
        List<String> definitions = new ArrayList<>();
        try (ResultSet found = sql.executeQuery("""
                select indexname, indexdef from pg_indexes i where schemaname = 'public'
                    and not exists (select 1 from pg_constraint c where c.conname = i.indexname)""")) {
            while (found.next()) {
                names.add(found.getString(1));
                definitions.add(found.getString(2));
            }
        }
        for (String name : names) {
            sql.execute("drop index " + name);
        }
        return definitions;
    }

    private void each(Statement sql, String statement) throws SQLException {
        sql.execute(statement.replace(":rows", String.valueOf(rows)));
    }

    private void retention(Statement sql) throws SQLException {
        // Of ten packages: six of ordinary cases, of which three are closed; two of major ones; one of a summary one;
        // one of none.
        each(sql, """
                create temporary table kinds as select k.*, r.row_id as rule_row, c.row_id as class_row, c.years
                from (values (0, 'MAJOR', 'PERMANENT', 'D-2'), (1, 'MAJOR', 'PERMANENT', 'D-2'), (2, 'SUMMARY', 'Y10', 'D-3'),
                    (3, 'NO_CASE', 'CLUE', 'D-6'), (4, 'ORDINARY_PENALTY', 'Y30', 'D-1'), (5, 'ORDINARY_PENALTY', 'Y30', 'D-1'),
                    (6, 'ORDINARY_PENALTY', 'Y30', 'D-1'), (7, 'ORDINARY_PENALTY', 'Y30', 'D-1'),
                    (8, 'ORDINARY_PENALTY', 'Y30', 'D-1'), (9, 'ORDINARY_PENALTY', 'Y30', 'D-1')) k (k, case_type, class_id, rule_id)
                    join retention_rule r on r.rule_id = k.rule_id join retention_class c on c.class_id = k.class_id""");
        each(sql, """
                insert into evidence_retention (evidence_id, class_id, rule_id, basis, years, case_type, rule_row, class_row, begins_on,
                    ends_at, locked_until, changed_at)
                select e.id, k.class_id, k.rule_id, 'RULE', k.years, k.case_type, k.rule_row, k.class_row,
                    case when x.ends is not null then date '2026-01-01' end, x.ends, coalesce(x.ends, timestamptz '2036-11-01'), e.archived_at
                from evidence e join kinds k on k.k = e.number % 10 cross join lateral (select case
                    when k.k = 3 and e.number % 500 = 3 then timestamptz '2026-10-01' - e.number * interval '1 second'
                    when k.k = 3 then timestamptz '2030-10-01' + e.number * interval '1 second'
                    when k.k in (2, 4, 5, 6) then timestamptz '2057-01-01' + (e.number % 30) * interval '1 year' end as ends) x""");
        each(sql, """
                insert into retention_history (evidence_id, at, kind, class_id, rule_id, begins_on, ends_at, locked_until, actor_id,
                    actor_name)
                select evidence_id, changed_at, 'RULE', class_id, rule_id, begins_on, ends_at, locked_until, 'x', 'x'
                from evidence_retention""");
        each(sql, """
                insert into retention_case (case_no, case_type, said_by, said_by_name, said_at, applied_at)
                select 'AJ-' || n, 'ORDINARY_PENALTY', 'x', 'x', now(), now() from generate_series(1, :rows / 40) n""");
        each(sql, """
                insert into legal_hold (id, reason, placed_by, placed_by_name, placed_at)
                select nth(1, n), '行政诉讼', 'x', 'x', now() from generate_series(1, greatest(1, :rows / 1000)) n""");
        each(sql, """
                insert into legal_hold_evidence (hold_id, evidence_id, state, changed_at)
                select nth(1, 1 + number % greatest(1, :rows / 1000)), id, 'ON', now() from evidence where number % 20 = 5""");
        each(sql, "update evidence set held = true where number % 20 = 5");
        each(sql, """
                insert into disposal (id, state, list, list_sha256, opinion, method, supervisors, proposed_by, proposed_by_name, proposed_at,
                    approval_id, approved_by, approved_by_name, approved_at, started_at, ended_at, certificate, certificate_sha256)
                select nth(2, n), 'DONE', '{}', repeat('0', 64), '期满', '删除', array['甲', '乙'], 'x', 'x', now(), nth(6, n), 'y', 'y',
                    now(), now(), now(), '{}', repeat('0', 64) from generate_series(1, greatest(1, :rows / 10000)) n""");
        each(sql, """
                insert into appraisal (id, evidence_id, decision, opinion, by_id, by_name, at, state)
                select nth(7, number), id, 'DESTROY', '期满', 'x', 'x', now(), 'DONE' from evidence where number % 100 = 33""");
        each(sql, """
                insert into disposal_item (disposal_id, position, evidence_id, appraisal_id, state, changed_at)
                select nth(2, 1 + number / 100 % greatest(1, :rows / 10000)), number, id, nth(7, number), 'DELETED', now()
                from evidence where number % 100 = 33""");
        each(sql, "update evidence set disposed_at = now(), disposal_id = nth(2, 1) where number % 100 = 33");
        each(sql, """
                insert into lock_check (id, started_at, ended_at, state, asked_by, asked_by_name, evidence, objects)
                select nth(8, n), now() - n * interval '7 days', now(), 'DONE', 'x', 'x', :rows, :rows from generate_series(0, 99) n""");
    }

    private void filing(Statement sql) throws SQLException {
        each(
                sql,
                "insert into fonds (no, made_at, made_by, made_by_name) select 'B' || n, now(), 'x', 'x' from generate_series(1, 5) n");
        each(sql, """
                insert into fonds_rule (fonds_no, name, unit, item_pattern, volume_pattern, categories, organisations, made_at, made_by,
                    made_by_name)
                select no, '示例全宗', '示例市市场监督管理局', '{fonds}-{category}·{year}-{retention}-{organisation}-{item:6}',
                    '{fonds}-{category}·{year}-{retention}-{organisation}-{volume:4}',
                    '[{"code":"A","name":"甲"}]', '[{"code":"O","name":"乙"}]', now(), 'x', 'x' from fonds""");
        each(sql, """
                insert into volume (id, archival_code, fonds_no, rule_id, series, volume_no, case_no, retention_class, category,
                    organisation, year, title, origin, opened_at, opened_by, opened_by_name)
                select nth(3, n), 'B' || 1 + n % 5 || '-V-' || n, 'B' || 1 + n % 5, 1 + n % 5, 's' || n, 1, 'AJ-' || n, 'Y30', 'A', 'O', 2026,
                    '卷' || n, 'FILED', now(), 'x', 'x' from generate_series(1, greatest(10, :rows / 40)) n""");
        each(sql, """
                insert into check_run (id, evidence_id, profile, rule_version, state, outcome, operator, operator_name, started_at,
                    finished_at)
                select nth(9, number), id, 'GD', '1', 'DONE', 'PASS', 'x', 'x', archived_at, archived_at from evidence
                where number % 10 < 6""");
        each(sql, """
                insert into filed (evidence_id, archival_code, fonds_no, rule_id, series, item_no, volume_id, category, organisation,
                    year, retention_class, title, responsible, document_date, document_type, origin, run_id, filed_at, filed_by,
                    filed_by_name)
                select id, 'B1-I-' || number, 'B' || 1 + number % 5, 1 + number % 5, 'i', number,
                    nth(3, 1 + number % greatest(10, :rows / 40)), 'A', 'O', 2026, 'Y30', coalesce(title, '题名'), '某局', date '2026-01-01',
                    '网页', 'FILED', nth(9, number), archived_at, 'x', 'x' from evidence where number % 10 < 6 order by number""");
        each(sql, "update evidence e set archival_code = f.archival_code from filed f where f.evidence_id = e.id");
        each(sql, """
                insert into filing_task (id, kind, state, title, parameters, done_count, total_count, requested_by, requested_by_name,
                    requested_role, created_at, finished_at)
                select nth(10, n), 'FILE', 'DONE', '任务' || n, '{}', 100, 100, 'x', 'x', 'ARCHIVIST', now() - n * interval '1 minute',
                    now() from generate_series(0, :rows / 100) n""");
        each(sql, """
                insert into filing_item (task_id, position, evidence_id, state)
                select nth(10, number / 100), number % 100, id,
                    case when number % 10 < 6 then 'FILED' when number % 1000 = 7 then 'BLOCKED' else 'CANCELLED' end
                from evidence where number % 10 < 6 or number % 1000 = 7""");
    }

    private void fixity(Statement sql) throws SQLException {
        each(
                sql,
                "insert into fixity_store (id, is_primary, added_at) values ('primary', true, now()), ('custodian', false, now())");
        each(sql, """
                insert into evidence_object select id, 0, 'capture.wacz', sha256, sm3, 1000, 0,
                    'sha256/' || substr(sha256, 1, 2) || '/' || substr(sha256, 3, 2) || '/' || sha256, 'v' from evidence
                where disposed_at is null""");
        each(
                sql,
                "insert into fixity_object (key, version_id, sha256, size_bytes)"
                        + " select key, version_id, sha256, size_bytes from evidence_object");
        each(sql, """
                insert into fixity_copy (object_id, store_id, version_id, due_at, outcome, checked_at)
                select o.id, s.id, 'v', x.due, 'GOOD', x.due - interval '90 days' from fixity_object o cross join fixity_store s
                    cross join lateral (select now() + (o.id * 7919 % 7776000) * interval '1 second' as due) x""");
        each(sql, """
                insert into fixity_result (object_id, store_id, version_id, at, outcome, remarks, bytes_read, node)
                select object_id, store_id, version_id, checked_at, case when object_id % 1000 = 1 then 'CHANGED' else 'GOOD' end, '{}',
                    1000, 'bench' from fixity_copy""");
        each(sql, """
                insert into fixity_day (day, store_id, origin, outcome, objects, bytes)
                select current_date - n, 'primary', 'SCHEDULE', 'GOOD', :rows / 90, :rows from generate_series(0, 3650) n""");
        each(sql, """
                insert into fixity_package (evidence_id, due_at, outcome, checked_at)
                select id, now() + (number * 7919 % 7776000) * interval '1 second', 'SAME',
                    now() - (number * 104729 % 7776000) * interval '1 second' from evidence where disposed_at is null""");
        each(sql, """
                insert into fixity_damage (id, kind, object_id, store_id, version_id, outcome, remarks, found_at, seen_at, state,
                    closed_at, closed_by, closed_by_name)
                select nth(5, id), 'COPY', id, 'primary', 'v', 'CHANGED', '{}', now(), now(), 'REPAIRED', now(), 'x', 'x'
                from fixity_object where id % 1000 = 1""");
    }

    private void records(Statement sql) throws SQLException {
        each(sql, """
                insert into record_batch (id, kind, chain_id, state, hash, members, token, authority, embedded, stamped_at,
                    certificates_end, retain_until, live, requested_by, requested_by_name, created_at, done_at)
                select nth(4, n), 'FIRST', nth(4, n), 'DONE', 'SHA256', 100, '', 'bench', true, now(), timestamptz '2035-01-01', now(), true,
                    'x', 'x', now() - n * interval '1 hour', now() - n * interval '1 hour' from generate_series(0, :rows / 100) n""");
        each(sql, "insert into record_member select nth(4, number / 100), id, sha256(id::text::bytea) from evidence");
        each(sql, "insert into record_current select id, nth(4, number / 100) from evidence");
        each(
                sql,
                "update record_state set next_batch_at = now() + interval '1 hour', next_check_at = now() + interval '1 hour'");
    }

    private void rest(Statement sql) throws SQLException {
        each(sql, """
                insert into audit_event (seq, at, actor_id, actor_name, actor_role, action, object_type, object_id, result, prev_hash, hash)
                select number, archived_at, 'system:bench', '执法人员甲', 'SYSTEM',
                    case when number % 1000 = 0 then 'hold.place' else 'evidence.view' end, 'evidence', id::text, 'OK',
                    encode(sha256((number - 1)::text::bytea), 'hex'), encode(sha256(number::text::bytea), 'hex') from evidence""");
        each(sql, """
                insert into audit_report (id, state, language, period_from, period_to, scope, sample, seed, requested_by,
                    requested_by_name, requested_at, finished_at, failure)
                select nth(11, n), 'FAILED', 'zh-CN', now() - interval '1 year', now(), '{}', 0, repeat('0', 32), 'x', 'x', now(), now(), 'x'
                from generate_series(1, 500) n""");
        each(sql, """
                insert into audit_finding (code, subject, severity, section, arguments, owner_role, due_on, first_report, first_seen_at,
                    last_report, last_seen_at, closed_at, closed_by, closed_by_name)
                select 'bench', n::text, 'LOW', 1, '[]', 'ARCHIVIST', current_date, nth(11, 1), now(), nth(11, 1), now(), now(), 'x', 'x'
                from generate_series(1, greatest(10, :rows / 100)) n""");
        // Taken in and proved by the log itself, when the server starts.
        each(sql, """
                insert into log_queue (leaf, evidence_id, kind, queued_at)
                select '{"v":1,"id":"' || id || '","sha256":"' || sha256 || '","sm3":"' || sm3
                    || '","size":5000000,"t":"2026-11-22T08:01:00Z"}', id, case when number % 10000 = 1 then 'hold' else 'package' end, now()
                from evidence order by number""");
    }
}
