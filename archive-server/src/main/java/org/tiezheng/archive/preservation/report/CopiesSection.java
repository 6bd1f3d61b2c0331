package org.tiezheng.archive.preservation.report;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.stores.StoreGate;
import org.tiezheng.archive.stores.StoreSettings;
import org.tiezheng.archive.stores.Stores;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.StoreDescription;

/** 5: copies, where they are, whether they are complete, and whether the stores lock. */
final class CopiesSection implements ReportSection {
    private final JdbcClient jdbc;
    private final Stores stores;
    private final StoreGate gate;
    private final StoreSettings settings;

    CopiesSection(JdbcClient jdbc, Stores stores, StoreGate gate, StoreSettings settings) {
        this.jdbc = jdbc;
        this.stores = stores;
        this.gate = gate;
        this.settings = settings;
    }

    @Override
    public int number() {
        return 5;
    }

    @Override
    public String key() {
        return "copies";
    }

    private record Tests(
            long all, long passed, long holes, @Nullable Instant last) {}

    @Override
    public void write(SectionWriter out, ReportContext context) {
        copies(out, context);
        waiting(out, context);
        overrides(out, context);
        out.remark("offSite");
    }

    private void copies(SectionWriter out, ReportContext context) {
        SectionWriter.Rows rows =
                out.table("stores", "id", "location", "medium", "standing", "tests", "passed", "holes", "lastTest");
        for (Stores.Part part : stores.parts()) {
            StoreDescription store = part.description();
            Tests tests = tests(store, context);
            StoreGate.Standing standing = gate.standing(store);
            rows.row(
                    Value.word(store.id(), out.message("stores.id." + store.id(), store.id())),
                    Value.of(store.location()),
                    Value.word(
                            store.kind().name(),
                            out.message(
                                    "stores.kind." + store.kind(), store.kind().name())),
                    Value.word(standing.name(), out.message("stores.standing." + standing, standing.name())),
                    Value.of(tests.all()),
                    Value.of(tests.passed()),
                    Value.of(tests.holes()),
                    Value.time(tests.last()));
            String name = out.message("stores.id." + store.id(), store.id());
            switch (standing) {
                case FOLDER -> out.finding(FindingCode.STORE_FOLDER, store.id(), name);
                case NOT_WORM, NOT_PROVED -> out.finding(FindingCode.STORE_NOT_WORM, store.id(), name);
                case PROVED -> {
                    Instant last = tests.last();
                    if (last == null
                            || last.isBefore(
                                    context.now().minus(settings.selfTestEvery().multipliedBy(3)))) {
                        out.finding(FindingCode.STORE_NOT_TESTED, store.id(), name);
                    }
                }
            }
        }
        rows.end();
        if (stores.parts().size() < 2) {
            out.finding(FindingCode.ONE_COPY, "archive");
        }
    }

    /** Tests of the period; the last one of all. */
    private Tests tests(StoreDescription store, ReportContext context) {
        return jdbc.sql("""
                        select count(*) filter (where at >= :from and at < :to) as n,
                            count(*) filter (where at >= :from and at < :to and verdict = 'WORM') as passed,
                            count(*) filter (where at >= :from and at < :to and verdict = 'NOT_WORM') as holes,
                            max(at) as last
                        from worm_test where store_id = :store and location = :location""")
                .param("from", context.from())
                .param("to", context.to())
                .param("store", store.id())
                .param("location", store.location())
                .query((row, n) -> new Tests(
                        row.getLong("n"), row.getLong("passed"), row.getLong("holes"), Sql.instant(row, "last")))
                .single();
    }

    private void waiting(SectionWriter out, ReportContext context) {
        if (stores.mirrored().isEmpty()) {
            return;
        }
        MirroredStore.Status status = stores.mirrored().get().status();
        out.fact("waiting", status.waiting());
        out.fact("oldest", Value.time(status.oldest().orElse(null)));
        out.fact("fallbackReads", status.fallbackReads());
        Duration age = status.age(context.now());
        if (age.compareTo(settings.custodian().alarmAfter()) > 0) {
            out.finding(FindingCode.COPIES_LATE, "archive", status.waiting(), age.toHours());
        }
        out.remark("waitingNode");
    }

    private void overrides(SectionWriter out, ReportContext context) {
        SectionWriter.Rows rows = out.table("overrides", "store", "at", "by", "reason", "withdrawnAt");
        jdbc.sql("""
                        select * from store_override where at < :to and (withdrawn_at is null or withdrawn_at >= :from)
                        order by number""").param("from", context.from()).param("to", context.to()).query(row -> {
            String store = row.getString("store_id");
            rows.row(
                    Value.word(store, out.message("stores.id." + store, store)),
                    Sql.time(row, "at"),
                    Value.of(row.getString("actor_name")),
                    Value.of(row.getString("reason")),
                    Sql.time(row, "withdrawn_at"));
            if (Sql.instant(row, "withdrawn_at") == null) {
                out.finding(FindingCode.STORE_OVERRIDDEN, store, row.getString("reason"));
            }
        });
        rows.end();
    }
}
