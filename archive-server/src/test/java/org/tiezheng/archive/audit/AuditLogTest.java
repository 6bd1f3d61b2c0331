package org.tiezheng.archive.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessException;
import org.tiezheng.archive.audit.ChainReport.Break;
import org.tiezheng.archive.audit.ChainReport.Kind;
import org.tiezheng.archive.database.TestDatabase;

class AuditLogTest {
    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00.123456789Z");
    private static final Actor ACTOR = new Actor("a1", "执法人员甲", "INSPECTOR", "鄂A-001", "192.0.2.7", "5e55");

    private final TestDatabase database = TestDatabase.create();
    private final AuditLog log = new AuditLog(database.jdbc(), Clock.fixed(NOW, ZoneOffset.UTC));
    private final ChainVerifier verifier = new ChainVerifier(database.dataSource());

    private AuditEntry append(String objectId) {
        return append(AuditEvent.ok(ACTOR, "evidence.view", "evidence", objectId));
    }

    private AuditEntry append(AuditEvent event) {
        AuditEntry entry = database.transactions().execute(status -> log.append(event));
        assertThat(entry).isNotNull();
        return entry;
    }

    private ChainReport verify(ChainHead... noted) throws Exception {
        return verifier.verify(List.of(noted));
    }

    @Test
    void hashIsThatOfTheDocumentedLine() throws Exception {
        AuditEntry entry = append("e1");
        String line =
                "{\"seq\":1,\"at\":\"2026-11-22T08:00:00.123456+08:00\",\"actorId\":\"a1\",\"actorName\":\"执法人员甲\","
                        + "\"actorRole\":\"INSPECTOR\",\"certNo\":\"鄂A-001\",\"clientIp\":\"192.0.2.7\",\"sessionId\":\"5e55\","
                        + "\"action\":\"evidence.view\",\"objectType\":\"evidence\",\"objectId\":\"e1\",\"objectDigest\":null,"
                        + "\"result\":\"OK\",\"reason\":null,\"approvalRef\":null,\"prevHash\":\"" + "0".repeat(64)
                        + "\"}";
        assertThat(entry.line()).isEqualTo(line);
        assertThat(entry.hash())
                .isEqualTo(java.util.HexFormat.of()
                        .formatHex(java.security.MessageDigest.getInstance("SHA-256")
                                .digest(line.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
        assertThat(log.ofObject("evidence", "e1")).containsExactly(entry);
        assertThat(append("e2").prevHash()).isEqualTo(entry.hash());
    }

    @Test
    void rowNeedsATransaction() {
        assertThatThrownBy(() -> log.append(AuditEvent.ok(ACTOR, "evidence.view", "evidence", "e1")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void rowGoesWithItsTransaction() throws Exception {
        append("e1");
        database.transactions().executeWithoutResult(status -> {
            log.append(AuditEvent.ok(ACTOR, "evidence.view", "evidence", "lost"));
            status.setRollbackOnly();
        });
        append("e2");
        assertThat(log.ofObject("evidence", "lost")).isEmpty();
        assertThat(verify().rows()).isEqualTo(2);
        assertThat(verify().isIntact()).isTrue();
    }

    @Test
    void manyWritersLeaveNoGap() throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(8);
        List<Future<?>> ends = new ArrayList<>();
        for (int writer = 0; writer < 8; writer++) {
            ends.add(writers.submit(() -> {
                for (int i = 0; i < 25; i++) {
                    append("e" + i);
                }
            }));
        }
        for (Future<?> end : ends) {
            end.get(60, TimeUnit.SECONDS);
        }
        writers.shutdown();
        ChainReport report = verify();
        assertThat(report.rows()).isEqualTo(200);
        assertThat(report.head().seq()).isEqualTo(200);
        assertThat(report.breaks()).isEmpty();
    }

    @Test
    void hostileTextIsWrittenDownAndVerifies() throws Exception {
        String hostile = "\0x\uD800y\n\"'; drop table audit_event; --" + "长".repeat(5000);
        AuditEntry entry = append(new AuditEvent(
                ACTOR, "account.login", "account", hostile, null, AuditEvent.Result.REFUSED, hostile, null));
        assertThat(entry.event().objectId())
                .startsWith("\uFFFDx\uFFFDy\n\"';")
                .endsWith("…")
                .hasSize(AuditLog.MAX_TEXT);
        assertThat(log.ofObject("account", hostile)).containsExactly(entry);
        assertThat(verify().isIntact()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update audit_event set reason = 'x'",
                "delete from audit_event",
                "truncate audit_event",
                "alter table audit_event disable trigger all",
                "drop table audit_event"
            })
    void applicationCannotChangeTheLog(String sql) {
        append("e1");
        assertThatThrownBy(() -> database.jdbc().sql(sql).update())
                .isInstanceOf(DataAccessException.class)
                .rootCause()
                .hasMessageContaining(
                        sql.startsWith("alter") || sql.startsWith("drop") ? "owner" : "permission denied");
    }

    @Test
    void ownerIsStoppedByTheTrigger() {
        append("e1");
        assertThatThrownBy(() -> execute(database.owner().getConnection(), "delete from audit_event"))
                .hasMessageContaining("append-only");
    }

    @Test
    void everyKindOfTamperingIsFound() throws Exception {
        for (int i = 1; i <= 9; i++) {
            append("e" + i);
        }
        ChainHead noted = log.head();
        assertThat(verify(noted).breaks()).isEmpty();

        assertThat(tampered("update audit_event set object_id = 'other' where seq = 3"))
                .containsExactly(new Break(3, Kind.CHANGED, "its hash is not that of its content"));
        assertThat(tampered("update audit_event set at = at + interval '1 microsecond' where seq = 3"))
                .extracting(Break::kind)
                .containsExactly(Kind.CHANGED);
        assertThat(tampered("update audit_event set action = 'Nonsense' where seq = 3"))
                .extracting(Break::kind)
                .containsExactly(Kind.UNREADABLE);
        assertThat(tampered("delete from audit_event where seq = 3"))
                .extracting(Break::seq, Break::kind)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(4L, Kind.MISSING),
                        org.assertj.core.groups.Tuple.tuple(4L, Kind.UNLINKED));
        assertThat(tampered("delete from audit_event where seq = 1"))
                .extracting(Break::kind)
                .containsExactly(Kind.MISSING, Kind.UNLINKED);
        assertThat(tampered("update audit_event set seq = case seq when 4 then 105 else 104 end where seq in (4, 5);"
                        + " update audit_event set seq = seq - 100 where seq > 100"))
                .extracting(Break::kind)
                .contains(Kind.CHANGED, Kind.UNLINKED);
        // Only a head that was noted outside shows that the end is gone.
        assertThat(tampered("delete from audit_event where seq > 7")).isEmpty();
        assertThat(tampered("delete from audit_event where seq > 7", noted))
                .extracting(Break::kind)
                .containsExactly(Kind.CUT_OFF);
        assertThat(tampered("delete from audit_event", noted))
                .extracting(Break::kind)
                .containsExactly(Kind.CUT_OFF);
        assertThat(verify(new ChainHead(9, "ab".repeat(32))).breaks())
                .extracting(Break::kind)
                .containsExactly(Kind.REWRITTEN);
    }

    /** What is found after the change, which is undone again. */
    private List<Break> tampered(String sql, ChainHead... noted) throws Exception {
        try (Connection connection = database.superuser().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create table kept as select * from audit_event");
            statement.execute("alter table audit_event disable trigger user");
            try {
                statement.execute(sql);
                return verify(noted).breaks();
            } finally {
                statement.execute("delete from audit_event");
                statement.execute("insert into audit_event select * from kept");
                statement.execute("alter table audit_event enable trigger user");
                statement.execute("drop table kept");
            }
        }
    }

    private static void execute(Connection connection, String sql) throws Exception {
        try (connection;
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void searchFiltersAndPages() {
        append("e1");
        append(AuditEvent.refused(ACTOR, "evidence.download", "evidence", "e1", "no right"));
        append(AuditEvent.ok(Actor.system("ingest"), "store.check", "store", "s"));
        assertThat(find(new AuditQuery(null, "evidence", null, null, null, null, null)))
                .containsExactly(2L, 1L);
        assertThat(find(new AuditQuery("a1", null, null, null, AuditEvent.Result.REFUSED, null, null)))
                .containsExactly(2L);
        assertThat(find(new AuditQuery(null, null, "store", "s", null, null, null)))
                .containsExactly(3L);
        assertThat(find(new AuditQuery(null, null, null, null, null, NOW.plusSeconds(1), null)))
                .isEmpty();
        assertThat(log.find(AuditQuery.ALL, 3, 1)).extracting(AuditEntry::seq).containsExactly(2L);
    }

    private List<Long> find(AuditQuery query) {
        return log.find(query, Long.MAX_VALUE, 10).stream().map(AuditEntry::seq).toList();
    }
}
