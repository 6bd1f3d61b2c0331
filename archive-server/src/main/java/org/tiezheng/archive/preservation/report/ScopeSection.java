package org.tiezheng.archive.preservation.report;

import org.jspecify.annotations.Nullable;
import org.tiezheng.archive.stores.StoreGate;
import org.tiezheng.archive.stores.Stores;

/** 1: what the report is about, by whom, for when. */
final class ScopeSection implements ReportSection {
    private final Stores stores;
    private final StoreGate gate;

    ScopeSection(Stores stores, StoreGate gate) {
        this.stores = stores;
        this.gate = gate;
    }

    @Override
    public int number() {
        return 1;
    }

    @Override
    public String key() {
        return "scope";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        AuditReport report = context.report();
        Scope scope = report.scope();
        out.fact("auditNo", Value.of(report.number()));
        out.fact("auditor", Value.of(report.requestedByName()));
        out.fact("orderedAt", Value.time(report.requestedAt()));
        out.fact("madeAt", Value.time(context.now()));
        out.fact("from", Value.time(report.from()));
        out.fact("to", Value.time(report.to()));
        out.fact(
                "store",
                all(out, scope.store() == null ? null : out.message("stores.id." + scope.store(), scope.store())));
        out.fact("case", all(out, scope.caseNo()));
        out.fact("fonds", all(out, scope.fonds()));
        out.fact("unit", all(out, scope.unit()));
        out.fact("class", all(out, scope.retentionClass()));
        out.fact("sample", report.sample());
        if (report.sample() > 0) {
            out.fact("seed", Value.of(report.seed()));
            out.remark("seedRule");
        }
        SectionWriter.Rows rows = out.table("stores", "id", "kind", "location", "standing");
        for (Stores.Part part : stores.parts()) {
            String id = part.description().id();
            String kind = part.description().kind().name();
            String standing = gate.standing(part.description()).name();
            rows.row(
                    Value.word(id, out.message("stores.id." + id, id)),
                    Value.word(kind, out.message("stores.kind." + kind, kind)),
                    Value.of(part.description().location()),
                    Value.word(standing, out.message("stores.standing." + standing, standing)));
        }
        rows.end();
        out.remark("whole");
    }

    private static Value all(SectionWriter out, @Nullable String chosen) {
        return chosen == null ? new Value(null, out.words("all"), false) : Value.of(chosen);
    }
}
