package org.tiezheng.archive.stores;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.storage.StoreCapabilities;
import org.tiezheng.storage.StoreDescription;
import org.tiezheng.storage.WormReport;
import org.tiezheng.storage.WormSelfTest;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Runs WORM self-tests and keeps what they found, for ever. */
public final class WormTests {
    private static final Logger LOG = LoggerFactory.getLogger(WormTests.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final JdbcClient db;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    /** A report that was kept. */
    public record Kept(long number, String location, WormReport report) {}

    public WormTests(JdbcClient db, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.db = db;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Tests a store now, about ten seconds, and keeps the result with an audit event {@code store.self-test}.
     *
     * @param actor who asked for it; {@code Actor.system("stores")} if nobody did
     */
    public WormReport run(Stores.Part part, Actor actor) throws InterruptedException {
        WormReport report = test(part);
        keep(part.description(), report, actor);
        if (part.description().kind().claimsLock() && report.verdict() != WormReport.Verdict.WORM) {
            LOG.error("WORM self-test of store {}: {} {}", report.storeId(), report.verdict(), report.probes());
        } else {
            LOG.info("WORM self-test of store {}: {}", report.storeId(), report.verdict());
        }
        return report;
    }

    private WormReport test(Stores.Part part) throws InterruptedException {
        try {
            part.prepare();
        } catch (IOException e) {
            WormReport.Probe probe =
                    new WormReport.Probe("reach-store", WormReport.Outcome.NOT_TRIED, String.valueOf(e.getMessage()));
            return new WormReport(part.description().id(), clock.instant(), List.of(probe), Optional.empty());
        }
        return new WormSelfTest(part.store(), part.attempts(), clock).run();
    }

    private void keep(StoreDescription store, WormReport report, Actor actor) {
        String notPassed = report.probes().stream()
                .filter(probe -> probe.outcome() != WormReport.Outcome.PASSED)
                .map(probe -> probe.name() + " " + probe.outcome())
                .collect(Collectors.joining(", "));
        AuditEvent.Result result =
                report.verdict() == WormReport.Verdict.WORM || !store.kind().claimsLock()
                        ? AuditEvent.Result.OK
                        : AuditEvent.Result.FAILED;
        String reason = report.verdict() + (notPassed.isEmpty() ? "" : ": " + notPassed);
        transactions.executeWithoutResult(status -> {
            db.sql("""
                    insert into worm_test (store_id, location, at, verdict, probes, capabilities)
                    values (:store, :location, :at, :verdict, :probes::jsonb, :capabilities::jsonb)""")
                    .param("store", store.id())
                    .param("location", store.location())
                    .param("at", report.at().atOffset(ZoneOffset.UTC))
                    .param("verdict", report.verdict().name())
                    .param("probes", JSON.writeValueAsString(report.probes()))
                    .param(
                            "capabilities",
                            report.capabilities().map(JSON::writeValueAsString).orElse(null))
                    .update();
            audit.append(new AuditEvent(actor, "store.self-test", "store", store.id(), null, result, reason, null));
        });
    }

    /** The newest reports of a store, newest first. */
    public List<Kept> history(StoreDescription store, int most) {
        return db.sql("""
                select number, store_id, location, at, probes, capabilities from worm_test
                where store_id = :store and location = :location order by number desc limit :most""")
                .param("store", store.id())
                .param("location", store.location())
                .param("most", most)
                .query(WormTests::kept)
                .list();
    }

    /** The newest report that says WORM or NOT_WORM: one that could try nothing does not undo an earlier proof. */
    public Optional<Kept> lastDecided(StoreDescription store) {
        return db.sql("""
                select number, store_id, location, at, probes, capabilities from worm_test
                where store_id = :store and location = :location and verdict <> 'UNKNOWN'
                order by number desc limit 1""")
                .param("store", store.id())
                .param("location", store.location())
                .query(WormTests::kept)
                .optional();
    }

    private static Kept kept(ResultSet row, int number) throws SQLException {
        List<WormReport.Probe> probes = JSON.readValue(row.getString("probes"), new TypeReference<>() {});
        String capabilities = row.getString("capabilities");
        Instant at = row.getObject("at", OffsetDateTime.class).toInstant();
        return new Kept(
                row.getLong("number"),
                row.getString("location"),
                new WormReport(
                        row.getString("store_id"),
                        at,
                        probes,
                        capabilities == null
                                ? Optional.empty()
                                : Optional.of(JSON.readValue(capabilities, StoreCapabilities.class))));
    }
}
