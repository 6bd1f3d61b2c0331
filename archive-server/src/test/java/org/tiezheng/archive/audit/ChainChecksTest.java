package org.tiezheng.archive.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.tiezheng.archive.audit.ChainReport.Break;
import org.tiezheng.archive.audit.ChainReport.Kind;
import org.tiezheng.archive.database.TestDatabase;

class ChainChecksTest {
    private static final Actor AUDITOR = new Actor("a-1", "审计员甲", "AUDITOR", null, null, null);

    private final TestDatabase database = TestDatabase.create();
    private final AuditLog log = new AuditLog(database.jdbc(), Clock.systemUTC());
    private final List<ChainChecks.StampedHead> stamped = new ArrayList<>();

    @TempDir
    private Path folder;

    private ChainChecks checks() {
        return new ChainChecks(
                database.dataSource(),
                database.transactions(),
                log,
                new HeadNotes(folder),
                () -> stamped,
                "node-1",
                Clock.systemUTC());
    }

    private void append(int rows) {
        for (int i = 0; i < rows; i++) {
            database.transactions()
                    .executeWithoutResult(
                            status -> log.append(AuditEvent.ok(AUDITOR, "evidence.view", "evidence", "e")));
        }
    }

    /** As somebody does it who may do anything in the database. */
    private void attack(String sql) throws Exception {
        try (Connection connection = database.superuser().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set session_replication_role = replica");
            int changed = statement.executeUpdate(sql);
            assertThat(changed).isPositive();
        }
    }

    @Test
    void onlyWhatIsNewIsReadOnceTheLogWasFoundIntact() {
        append(5);
        ChainCheck first = checks().newRows();
        assertThat(first.kind()).isEqualTo(ChainCheck.Kind.FULL);
        assertThat(first.isIntact()).isTrue();
        append(3);

        ChainCheck next = checks().newRows();

        assertThat(next.kind()).isEqualTo(ChainCheck.Kind.NEW);
        assertThat(next.isIntact()).isTrue();
        assertThat(next.from()).isEqualTo(5);
        assertThat(next.report()).isNotNull();
        assertThat(next.report().rows())
                .as("row 5 again, and the three new ones")
                .isEqualTo(4);
        assertThat(next.report().head()).isEqualTo(log.head());
        ChainChecks.Standing standing = checks().standing();
        assertThat(standing.isIntact()).isTrue();
        assertThat(standing.full()).isEqualTo(first);
        assertThat(standing.latest()).isEqualTo(next);
        assertThat(checks().newRows().isIntact()).as("nothing is new").isTrue();
        assertThat(log.head().seq())
                .as("the schedule writes nothing into the log")
                .isEqualTo(8);
    }

    @Test
    void aCheckThatIsAskedForIsAnActOfWhoAsked() {
        append(2);

        ChainCheck check = checks().full(AUDITOR);

        AuditEntry entry = log.find(AuditQuery.ALL, Long.MAX_VALUE, 1).get(0);
        assertThat(entry.event().action()).isEqualTo("audit.check");
        assertThat(entry.event().actor().id()).isEqualTo("a-1");
        assertThat(entry.event().result()).isEqualTo(AuditEvent.Result.OK);
        assertThat(check.askedName()).isEqualTo("审计员甲");
    }

    @Test
    void whatChangedAmongTheNewRowsIsFoundWithinTheHourAndAmongTheOldOnesWithinTheDay() throws Exception {
        append(4);
        assertThat(checks().newRows().isIntact()).isTrue();
        append(2);
        attack("update audit_event set actor_name = '执法人员乙' where seq = 6");

        ChainCheck found = checks().newRows();

        assertThat(found.isBroken()).isTrue();
        assertThat(breaks(found)).extracting(Break::seq, Break::kind).containsExactly(tuple(6, Kind.CHANGED));
        assertThat(checks().standing().isBroken()).isTrue();
        AuditEntry told = log.find(AuditQuery.ALL, Long.MAX_VALUE, 1).get(0);
        assertThat(told.event().result()).isEqualTo(AuditEvent.Result.FAILED);
        assertThat(checks().newRows().isBroken())
                .as("a broken row is not passed over by the next check")
                .isTrue();

        attack("update audit_event set actor_name = '审计员甲' where seq = 6");
        attack("update audit_event set reason = 'x' where seq = 2");
        assertThat(checks().newRows().isIntact()).as("row 2 is not new").isTrue();
        ChainCheck all = checks().full(ChainChecks.SCHEDULE);
        assertThat(breaks(all)).extracting(Break::seq, Break::kind).containsExactly(tuple(2, Kind.CHANGED));
        assertThat(checks().newRows().isIntact()).isTrue();
        assertThat(checks().standing().isBroken())
                .as("what the last look at all rows found stays until another finds nothing")
                .isTrue();
        attack("update audit_event set reason = null where seq = 2");
        assertThat(checks().full(ChainChecks.SCHEDULE).isIntact()).isTrue();
        assertThat(checks().standing().isIntact()).isTrue();
    }

    @Test
    void aLogCutOffOrWrittenAnewContradictsTheCheckBefore() throws Exception {
        append(6);
        assertThat(checks().newRows().isIntact()).isTrue();
        attack("delete from audit_event where seq >= 5");

        assertThat(breaks(checks().newRows())).extracting(Break::kind).containsOnly(Kind.CUT_OFF);

        append(9);
        ChainCheck anew = checks().newRows();
        assertThat(breaks(anew)).extracting(Break::seq, Break::kind).contains(tuple(6, Kind.REWRITTEN));
        assertThat(breaks(checks().full(ChainChecks.SCHEDULE)))
                .extracting(Break::seq, Break::kind)
                .contains(tuple(6, Kind.REWRITTEN));
    }

    @Test
    void aTokenOverAnotherHashAndANoteThatIsNoneAreNotFine() throws Exception {
        append(3);
        stamped.add(new ChainChecks.StampedHead(new ChainHead(2, "0".repeat(64)), false));
        assertThat(breaks(checks().full(AUDITOR)))
                .extracting(Break::seq, Break::kind)
                .containsExactly(tuple(2, Kind.REWRITTEN));
        stamped.clear();

        Files.writeString(folder.resolve("audit-heads"), "edited\n", StandardCharsets.US_ASCII);
        ChainCheck unread = checks().full(AUDITOR);

        assertThat(unread.isIntact()).isFalse();
        assertThat(unread.isBroken()).as("nothing is known").isFalse();
        assertThat(unread.failure()).contains("audit-heads");
        assertThat(checks().list(10)).hasSize(2).first().isEqualTo(unread);
    }

    @Test
    void whatACheckFoundCannotBeChanged() {
        append(1);
        ChainCheck unused = checks().newRows();
        assertThatThrownBy(() -> database.jdbc()
                        .sql("update audit_check set breaks = '[]'")
                        .update())
                .isInstanceOf(DataAccessException.class);
        assertThatThrownBy(() -> database.jdbc().sql("delete from audit_check").update())
                .isInstanceOf(DataAccessException.class);
    }

    private static List<Break> breaks(ChainCheck check) {
        assertThat(check.report()).as(check.toString()).isNotNull();
        return check.report().breaks();
    }

    private static org.assertj.core.groups.Tuple tuple(long seq, Kind kind) {
        return org.assertj.core.groups.Tuple.tuple(seq, kind);
    }
}
