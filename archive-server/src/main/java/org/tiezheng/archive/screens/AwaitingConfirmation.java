package org.tiezheng.archive.screens;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.archive.catalogue.Evidence;
import org.tiezheng.archive.catalogue.EvidenceCatalogue;

/** Evidence that one officer has a part in and has not confirmed yet, newest first. */
final class AwaitingConfirmation {
    private final JdbcClient jdbc;
    private final EvidenceCatalogue catalogue;

    AwaitingConfirmation(JdbcClient jdbc, EvidenceCatalogue catalogue) {
        this.jdbc = jdbc;
        this.catalogue = catalogue;
    }

    /** @param most how many; each costs a query */
    List<Evidence> of(String account, int most) {
        return jdbc.sql("""
                        select e.id from evidence e
                        where e.confirmed_at is null and e.officer_ids @> array[:account]::text[]
                            and not exists (select 1 from confirmation c
                                where c.evidence_id = e.id and c.account_id = :account)
                        order by e.number desc limit :most""").param("account", account).param("most", most).query(UUID.class).list().stream()
                .map(catalogue::find)
                .flatMap(Optional::stream)
                .toList();
    }
}
