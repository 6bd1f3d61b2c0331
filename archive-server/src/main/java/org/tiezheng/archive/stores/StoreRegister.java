package org.tiezheng.archive.stores;

import java.time.Clock;
import java.time.ZoneOffset;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.storage.StoreDescription;

/** Which stores this archive has used, by name and place. */
public final class StoreRegister {
    private final JdbcClient db;
    private final Clock clock;

    public StoreRegister(JdbcClient db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    boolean wasSeen(StoreDescription store) {
        return db.sql("select count(*) from store_seen where id = :id and location = :location")
                        .param("id", store.id())
                        .param("location", store.location())
                        .query(Integer.class)
                        .single()
                > 0;
    }

    void markSeen(StoreDescription store) {
        db.sql("insert into store_seen (id, location, kind, first_seen) values (:id, :location, :kind, :at)"
                        + " on conflict do nothing")
                .param("id", store.id())
                .param("location", store.location())
                .param("kind", store.kind().name())
                .param("at", clock.instant().atOffset(ZoneOffset.UTC))
                .update();
    }
}
