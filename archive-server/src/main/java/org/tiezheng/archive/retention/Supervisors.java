package org.tiezheng.archive.retention;

import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.audit.Actor;
import org.tiezheng.archive.web.Problem;

/**
 * Who may oversee a disposal (监销人). Persons are told apart by their accounts: two persons may have one name, and one person must not
 * pass for two under two names. Somebody without an account here, sent by another body, is known by name only, and then a name that is
 * the same counts as the same person.
 */
final class Supervisors {
    private final JdbcClient jdbc;

    Supervisors(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * One of them.
     *
     * @param accountId empty if there is no account
     */
    record Supervisor(String accountId, String name) {
        boolean isSame(Supervisor other) {
            return accountId.isEmpty() || other.accountId.isEmpty()
                    ? name.equals(other.name)
                    : accountId.equals(other.accountId);
        }

        boolean isSame(Actor actor) {
            return isSame(new Supervisor(actor.id(), actor.name()));
        }
    }

    /** Somebody to choose. */
    record Choice(String username, String name) {}

    /** Active accounts of persons, by name; at most 1,000. */
    List<Choice> choices() {
        return jdbc.sql("""
                        select username, display_name from account a where state = 'ACTIVE'
                            and exists (select 1 from account_role r where r.account_id = a.id)
                        order by display_name, username limit 1000""")
                .query((row, number) -> new Choice(row.getString("username"), row.getString("display_name")))
                .list();
    }

    /**
     * The two persons meant, neither of them {@code proposer}.
     *
     * @param texts user names, or names
     * @throws Problem 400 if they are not two, or a name is that of several accounts
     */
    List<Supervisor> chosen(List<String> texts, Actor proposer) {
        List<Supervisor> chosen = new ArrayList<>();
        for (String text : texts) {
            chosen.add(find(Texts.required("supervisors", text)));
        }
        if (chosen.size() != 2
                || chosen.get(0).isSame(chosen.get(1))
                || chosen.stream().anyMatch(one -> one.isSame(proposer))) {
            throw Problem.invalid("supervisors", "retention-supervisors");
        }
        return chosen;
    }

    private Supervisor find(String text) {
        List<Supervisor> found = jdbc.sql("""
                        select id, display_name from account where state = 'ACTIVE' and (username = lower(:text)
                            or (display_name = :text and not exists (select 1 from account where username = lower(:text))))
                        order by id limit 2""")
                .param("text", text)
                .query((row, number) -> new Supervisor(row.getString("id"), row.getString("display_name")))
                .list();
        if (found.size() > 1) {
            throw Problem.invalid("supervisors", "retention-supervisor-name");
        }
        return found.isEmpty() ? new Supervisor("", text) : found.get(0);
    }
}
