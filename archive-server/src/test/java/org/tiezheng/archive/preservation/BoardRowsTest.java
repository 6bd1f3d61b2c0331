package org.tiezheng.archive.preservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.archive.fixity.FixityFigures;
import org.tiezheng.archive.retention.RetentionFigures;
import org.tiezheng.archive.web.Cursor;
import org.tiezheng.archive.web.Problem;

/** What a figure counts and what its list shows are the same rows. Rows are written straight into the tables. */
class BoardRowsTest {
    private static final Instant NOW = Instant.parse("2026-11-22T04:00:00Z");

    private final TestDatabase database = TestDatabase.create();
    private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    private final BoardRows rows = new BoardRows(
            database.jdbc(), new Cursor("0123456789abcdef".getBytes(StandardCharsets.UTF_8)), Period.ofYears(1), clock);

    @BeforeEach
    void fill() throws Exception {
        try (Connection connection = database.superuser().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set session_replication_role = replica");
            for (String sql : FILL.split(";\n")) {
                boolean unused = statement.execute(sql.replace(":now", "'" + NOW + "'::timestamptz"));
            }
        }
    }

    /** Twelve packages; 1 to 3 end soon, 4 has ended, 5 is locked too short, 6 has an open case; 12 is destroyed. */
    private static final String FILL = """
            insert into evidence (id, sha256, sm3, size_bytes, package_sha256, package_bytes, target_url, captured_from, captured_to,
                    archived_at, completeness, completeness_reasons, verdict, verified_at, embedded_authority, report, origin,
                    automatic, officer_ids, officer_names, archived_by, archived_by_name, retain_until, case_no)
                select lpad(n::text, 32, '0')::uuid, encode(sha256(n::text::bytea), 'hex'), encode(sha256(n::text::bytea), 'hex'), 10,
                    encode(sha256(n::text::bytea), 'hex'), 20, 'https://shop.example/', :now, :now, :now, 'COMPLETE', '{}', 'VALID',
                    :now, true, '{}', 'UPLOAD', false, array['a'], array['执法人员甲'], 'a', '执法人员甲', :now, 'case-' || n
                from generate_series(1, 12) n;
            insert into evidence_retention (evidence_id, class_id, rule_id, basis, years, case_type, rule_row, class_row, begins_on,
                    ends_at, locked_until, changed_at)
                select lpad(n::text, 32, '0')::uuid, case when n > 9 then 'Y10' else 'Y30' end, 'r', 'RULE', 30, 'NORMAL', 1, 1,
                    case when n <> 6 then date '2026-01-01' end,
                    case when n <= 3 then :now + n * interval '30 days' when n = 4 then :now - interval '1 day' when n = 6 then null
                        else :now + interval '9 years' end,
                    case when n = 5 then :now + interval '1 year' else :now + interval '10 years' end, :now
                from generate_series(1, 12) n;
            insert into disposal_item (disposal_id, evidence_id, position, appraisal_id, state, changed_at)
                values (gen_random_uuid(), lpad('12', 32, '0')::uuid, 1, gen_random_uuid(), 'DELETED', :now);
            insert into fixity_store (id, is_primary, added_at) values ('objects', true, :now), ('custodian', false, :now);
            insert into fixity_object (key, version_id, sha256, size_bytes)
                select 'sha256/' || n, 'v', encode(sha256(n::text::bytea), 'hex'), 100 from generate_series(1, 9) n;
            insert into fixity_copy (object_id, store_id, due_at, outcome, checked_at)
                select o.id, s.id,
                    case when o.key = 'sha256/1' then :now - interval '3 days' else :now + interval '40 days' end,
                    case when o.key = 'sha256/2' and s.id = 'custodian' then 'MISSING' when o.key <> 'sha256/3' then 'GOOD' end,
                    case when o.key <> 'sha256/3' then :now - interval '10 days' end
                from fixity_object o cross join fixity_store s;
            insert into record_queue (evidence_id, queued_at)
                select lpad(n::text, 32, '0')::uuid, :now - n * interval '1 minute' from generate_series(7, 9) n;
            insert into record_batch (id, kind, chain_id, state, hash, members, token, authority, embedded, stamped_at,
                    certificates_end, retain_until, live, requested_by, requested_by_name, created_at, done_at)
                select lpad(n::text, 32, '0')::uuid, 'FIRST', lpad(n::text, 32, '0')::uuid, 'DONE', 'SHA-256', 2, 'x'::bytea, 'tsa',
                    true, :now, :now + (n - 2) * interval '200 days', :now, true, 'a', 'a', :now - n * interval '1 hour', :now
                from generate_series(1, 4) n""";

    private static UUID package_(int number) {
        return UUID.fromString("00000000-0000-0000-0000-" + String.format(java.util.Locale.ROOT, "%012d", number));
    }

    private List<UUID> packages(@Nullable String state, @Nullable String classId) {
        return rows.packages(state, classId, null, 50).rows().stream()
                .map(BoardRows.PackageRow::evidenceId)
                .toList();
    }

    @Test
    void packagesAreThoseThatTheFiguresCount() {
        RetentionFigures figures =
                new RetentionFigures(database.jdbc(), null, clock); // its checks of locks are not asked

        assertThat(packages("soon", null)).containsExactly(package_(1), package_(2), package_(3));
        assertThat(figures.endingBefore(NOW.plusSeconds(365L * 86_400))).isEqualTo(3);
        assertThat(packages("ended", null)).containsExactly(package_(4));
        assertThat(packages("locks-behind", null)).containsExactly(package_(5));
        assertThat(figures.waiting().locksBehind()).isEqualTo(1);
        assertThat(packages("open", null)).containsExactly(package_(6));
        assertThat(packages(null, "Y10")).containsExactly(package_(10), package_(11));
        assertThat(packages("running", "Y10")).containsExactly(package_(10), package_(11));
        assertThat(packages(null, "none")).isEmpty();
        figures.distribution()
                .forEach(one -> assertThat(packages(null, one.classId()))
                        .as(one.classId())
                        .hasSize((int) one.evidence()));
        BoardRows.PackageRow held = rows.packages("soon", null, null, 1).rows().get(0);
        assertThat(held.caseNo()).isEqualTo("case-1");
        assertThat(held.endsAt()).isEqualTo(NOW.plusSeconds(30L * 86_400));
    }

    @Test
    void copiesAreThoseThatTheFiguresCount() {
        FixityFigures.Now now = new FixityFigures(database.jdbc(), clock).now();
        FixityFigures.StoreFigures custodian = now.stores().get(1);

        assertThat(custodian.store()).isEqualTo("custodian");
        assertThat(rows.copies("never", null, null, null, 50).rows())
                .hasSize(2)
                .allMatch(row -> row.checkedAt() == null && row.outcome() == null);
        assertThat(rows.copies("never", "custodian", null, null, 50).rows()).hasSize((int) custodian.neverChecked());
        assertThat(rows.copies("overdue", "custodian", null, null, 50).rows()).hasSize((int) custodian.overdue());
        assertThat(rows.copies("bad", null, null, null, 50).rows())
                .singleElement()
                .matches(row -> row.store().equals("custodian") && "MISSING".equals(row.outcome()));
        assertThat(rows.copies("checked", null, null, null, 50).rows()).hasSize((int) now.checked());
        assertThat(rows.copies(null, null, "2026-11-22", null, 50).rows())
                .as("today holds what is overdue")
                .hasSize(2);
        assertThat(rows.copies(null, null, "2027-01-01", null, 50).rows()).hasSize(16);
        assertThat(rows.copies(null, null, "2026-12-24", null, 50).rows()).isEmpty();
    }

    @Test
    void recordsAndBatchesAreThoseThatTheFiguresCount() {
        assertThat(rows.recorded("waiting", null, 50).rows())
                .extracting(BoardRows.RecordRow::evidenceId)
                .as("who waited longest first")
                .containsExactly(package_(9), package_(8), package_(7));
        assertThat(rows.recorded("bad", null, 50).rows()).isEmpty();
        assertThat(rows.batches("live", null, 50).rows()).hasSize(4);
        assertThat(rows.batches("ended", null, 50).rows())
                .extracting(BoardRows.BatchRow::id)
                .containsExactly(package_(1));
        assertThat(rows.batches("ending", null, 50).rows())
                .extracting(BoardRows.BatchRow::id)
                .containsExactlyInAnyOrder(package_(1), package_(2), package_(3));
        assertThat(rows.batches("open", null, 50).rows()).isEmpty();
    }

    @Test
    void pagesFollowEachOtherWithoutGapAndWithoutRepetition() {
        List<UUID> all = new ArrayList<>();
        String cursor = null;
        do {
            Cursor.Page<BoardRows.PackageRow> page = rows.packages(null, null, cursor, 3);
            page.rows().forEach(row -> all.add(row.evidenceId()));
            cursor = page.next();
        } while (cursor != null);
        assertThat(all).hasSize(11).doesNotHaveDuplicates();

        List<String> copies = new ArrayList<>();
        do {
            Cursor.Page<BoardRows.CopyRow> page = rows.copies(null, null, null, cursor, 4);
            page.rows().forEach(row -> copies.add(row.objectId() + row.store()));
            cursor = page.next();
        } while (cursor != null);
        assertThat(copies).hasSize(18).doesNotHaveDuplicates();

        String soon = rows.packages("soon", null, null, 2).next();
        assertThat(rows.packages("soon", null, soon, 2).rows()).hasSize(1);
        assertThatThrownBy(() -> rows.packages("running", null, soon, 2))
                .as("a cursor of another order")
                .isInstanceOf(Problem.class);
    }

    @Test
    void aFilterThatCannotBeIsSaidAtItsField() {
        assertThatThrownBy(() -> rows.copies("sometimes", null, null, null, 50)).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> rows.copies(null, "x".repeat(101), null, null, 50))
                .isInstanceOf(Problem.class);
        assertThatThrownBy(() -> rows.copies(null, "a\0", null, null, 50)).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> rows.copies(null, null, "yesterday", null, 50)).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> rows.copies(null, null, "+999999999-01-01", null, 50))
                .isInstanceOf(Problem.class);
        assertThatThrownBy(() -> rows.packages("' or true", null, null, 50)).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> rows.batches(null, "forged", 50)).isInstanceOf(Problem.class);
    }
}
