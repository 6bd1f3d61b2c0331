package org.tiezheng.archive.preservation.report;

import java.util.EnumSet;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.identity.Role;

/** 13: whether duties were kept apart, and what administrators did. */
final class DutiesSection implements ReportSection {
    private final JdbcClient jdbc;

    DutiesSection(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public int number() {
        return 13;
    }

    @Override
    public String key() {
        return "duties";
    }

    @Override
    public void write(SectionWriter out, ReportContext context) {
        reviews(out, context);
        unfinished(out, context);
        roles(out);
        administrators(out, context);
    }

    /** Somebody who had a part in the capture reviewed it. The server refuses that: a row here was not written by it. */
    private void reviews(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        SectionWriter.Rows rows = out.table("reviewed", "evidence", "who", "at");
        jdbc.sql("""
                        select e.id, r.name, r.reviewed_at, r.account_id from automatic_review r
                            join evidence e on e.id = r.evidence_id
                        where r.reviewed_at < :to and r.account_id = any(e.officer_ids)""" + selection.sql() + " order by r.id limit 1000")
                .param("to", context.to())
                .params(selection.parameters())
                .query(row -> {
                    rows.row(
                            Value.of(row.getString("id")),
                            Value.of(row.getString("name")),
                            Sql.time(row, "reviewed_at"));
                    out.finding(
                            FindingCode.REVIEWED_OWN,
                            row.getString("id") + " " + row.getString("account_id"),
                            row.getString("name"),
                            row.getString("id"));
                });
        rows.end();
    }

    private void unfinished(SectionWriter out, ReportContext context) {
        Scope.Selection selection = context.report().scope().selection();
        long unconfirmed = count("e.confirmed_at is null and e.archived_at < :to", selection, context);
        long unreviewed = count("e.automatic and e.reviewed_at is null and e.archived_at < :to", selection, context);
        out.fact("unconfirmed", unconfirmed);
        out.fact("unreviewed", unreviewed);
        if (unconfirmed > 0) {
            out.finding(FindingCode.NOT_CONFIRMED, "archive", unconfirmed);
        }
        if (unreviewed > 0) {
            out.finding(FindingCode.AUTOMATIC_NOT_REVIEWED, "archive", unreviewed);
        }
    }

    private long count(String condition, Scope.Selection selection, ReportContext context) {
        return jdbc.sql("select count(*) from evidence e where " + condition + selection.sql())
                .param("to", context.to())
                .params(selection.parameters())
                .query(Long.class)
                .single();
    }

    private void roles(SectionWriter out) {
        SectionWriter.Rows rows = out.table("roles", "account", "name", "state", "one", "other");
        SectionWriter.Rows all = out.table("accounts", "role", "accounts");
        jdbc.sql("""
                        select a.username, a.display_name, a.state, array_agg(r.role order by r.role) as roles
                        from account a join account_role r on r.account_id = a.id
                        group by a.id order by a.username limit 5000""").query(row -> {
            Set<Role> held = EnumSet.noneOf(Role.class);
            for (Object role : (Object[]) row.getArray("roles").getArray()) {
                held.add(Role.valueOf(String.valueOf(role)));
            }
            Role.conflict(held).ifPresent(conflict -> {
                try {
                    String username = row.getString("username");
                    rows.row(
                            Value.of(username),
                            Value.of(row.getString("display_name")),
                            Value.of(row.getString("state")),
                            role(out, conflict.one()),
                            role(out, conflict.other()));
                    out.finding(
                            FindingCode.ROLES_CONFLICT,
                            username,
                            username,
                            role(out, conflict.one()).shown(),
                            role(out, conflict.other()).shown());
                } catch (java.sql.SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
        });
        rows.end();
        jdbc.sql("""
                        select r.role, count(*) as n from account_role r join account a on a.id = r.account_id
                        where a.state = 'ACTIVE' group by r.role order by r.role""").query(row -> {
            all.row(role(out, Role.valueOf(row.getString("role"))), Value.of(row.getLong("n")));
        });
        all.end();
    }

    private static Value role(SectionWriter out, Role role) {
        return Value.word(role.name(), out.message("nav.role." + role, role.name()));
    }

    private void administrators(SectionWriter out, ReportContext context) {
        SectionWriter.Rows counts = out.table("adminCounts", "action", "who", "count", "refused");
        jdbc.sql("""
                        select action, actor_name, count(*) as n, count(*) filter (where result <> 'OK') as refused
                        from audit_event where at >= :from and at < :to and actor_role like '%SYSTEM_ADMINISTRATOR%'
                        group by 1, 2 order by 3 desc, 1, 2 limit 500""").param("from", context.from()).param("to", context.to()).query(row -> {
            counts.row(
                    Value.of(row.getString("action")),
                    Value.of(row.getString("actor_name")),
                    Value.of(row.getLong("n")),
                    Value.of(row.getLong("refused")));
        });
        counts.end();
        SectionWriter.Rows acts = out.table("adminActs", "at", "who", "action", "object", "result", "reason");
        jdbc.sql("""
                        select at, actor_name, action, object_type, object_id, result, reason from audit_event
                        where at >= :from and at < :to and actor_role like '%SYSTEM_ADMINISTRATOR%'
                            and (starts_with(action, 'account.') or starts_with(action, 'token.')
                                or starts_with(action, 'store.') or starts_with(action, 'agent.')
                                or starts_with(action, 'setting.') or starts_with(action, 'log.'))
                            and action not in ('account.login', 'account.sign-in', 'account.sign-out')
                        order by seq limit\s""" + (SectionWriter.MOST_ROWS + 1))
                .param("from", context.from())
                .param("to", context.to())
                .query(row -> {
                    acts.row(
                            Sql.time(row, "at"),
                            Value.of(row.getString("actor_name")),
                            Value.of(row.getString("action")),
                            Value.of(row.getString("object_type") + " " + row.getString("object_id")),
                            Value.of(row.getString("result")),
                            Value.of(row.getString("reason")));
                });
        acts.end();
    }
}
