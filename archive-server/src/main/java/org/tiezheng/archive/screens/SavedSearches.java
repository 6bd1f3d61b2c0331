package org.tiezheng.archive.screens;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.audit.AuditEvent;
import org.tiezheng.archive.audit.AuditLog;
import org.tiezheng.archive.web.Problem;

/** Searches people keep under a name, their own or shared. Usable by many threads. */
public final class SavedSearches {
    static final int MAX_NAME = 60;
    static final int MAX_PER_PERSON = 100;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final AuditLog audit;
    private final Clock clock;

    public SavedSearches(JdbcClient jdbc, TransactionTemplate transactions, AuditLog audit, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.audit = audit;
        this.clock = clock;
    }

    /** One's own, then those others share; by name. */
    public List<SavedSearch> visibleTo(String accountId) {
        return jdbc.sql("""
                        select id, account_id, account_name, name, query, shared, saved_at from saved_search
                        where account_id = :account or shared
                        order by account_id <> :account, name, id limit 500""")
                .param("account", accountId)
                .query(SavedSearches::row)
                .list();
    }

    /**
     * Keeps a search; one's own of the same name is replaced.
     *
     * @throws Problem 400 for a name that is empty or too long, or for a search that asks for nothing; 409 beyond
     *     {@value #MAX_PER_PERSON}
     */
    SavedSearch save(Actor actor, String name, EvidenceFilter filter, boolean shared) {
        String stripped = name.strip();
        if (stripped.isEmpty() || stripped.indexOf('\0') >= 0) {
            throw Problem.invalid("name", "required");
        }
        if (stripped.codePointCount(0, stripped.length()) > MAX_NAME) {
            throw Problem.invalid("name", "too-long", MAX_NAME);
        }
        if (filter.isEmpty() || !filter.problems().isEmpty()) {
            throw Problem.of(HttpStatus.BAD_REQUEST, "search-empty");
        }
        return transactions.execute(status -> {
            // One after the other for one person, so that the limit holds.
            jdbc.sql("select pg_advisory_xact_lock(hashtext('saved_search:' || :account))")
                    .param("account", actor.id())
                    .query((row, number) -> true)
                    .single();
            int others = jdbc.sql("select count(*) from saved_search where account_id = :account and name <> :name")
                    .param("account", actor.id())
                    .param("name", stripped)
                    .query(Integer.class)
                    .single();
            if (others >= MAX_PER_PERSON) {
                throw Problem.of(HttpStatus.CONFLICT, "search-many", MAX_PER_PERSON);
            }
            SavedSearch saved = jdbc.sql("""
                            insert into saved_search (account_id, account_name, name, query, shared, saved_at)
                            values (:account, :accountName, :name, :query, :shared, :at)
                            on conflict (account_id, name) do update set query = excluded.query,
                                shared = excluded.shared, saved_at = excluded.saved_at,
                                account_name = excluded.account_name
                            returning id, account_id, account_name, name, query, shared, saved_at""")
                    .param("account", actor.id())
                    .param("accountName", actor.name())
                    .param("name", stripped)
                    .param("query", filter.queryString())
                    .param("shared", shared)
                    .param("at", OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC))
                    .query(SavedSearches::row)
                    .single();
            audit.append(new AuditEvent(
                    actor,
                    "search.save",
                    "setting",
                    "search/" + saved.id(),
                    null,
                    AuditEvent.Result.OK,
                    (shared ? "shared: " : "") + stripped,
                    null));
            return saved;
        });
    }

    /** @throws Problem 404 if it is not there or is somebody else's */
    void delete(Actor actor, long id) {
        transactions.executeWithoutResult(status -> {
            int deleted = jdbc.sql("delete from saved_search where id = :id and account_id = :account")
                    .param("id", id)
                    .param("account", actor.id())
                    .update();
            if (deleted == 0) {
                throw Problem.notFound(Long.toString(id));
            }
            audit.append(AuditEvent.ok(actor, "search.delete", "setting", "search/" + id));
        });
    }

    private static SavedSearch row(ResultSet row, int number) throws SQLException {
        return new SavedSearch(
                row.getLong("id"),
                row.getString("account_id"),
                row.getString("account_name"),
                row.getString("name"),
                row.getString("query"),
                row.getBoolean("shared"),
                row.getObject("saved_at", OffsetDateTime.class).toInstant());
    }
}
