package org.tiezheng.archive.stores;

import java.io.IOException;
import java.time.Clock;
import java.time.ZoneOffset;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.storage.MirroredStore;
import org.tiezheng.storage.ObjectVersion;

/**
 * Which version of the custodian is the copy of an object, written down when the copy is made: what somebody puts under the key later is
 * not taken for it. A repair names another in the table of copies.
 *
 * <p>Dying before the row leaves the entry in the queue of copies, and the row is written when it is worked through. Copies made before
 * there was this table are found by key, size and label at their first check.
 */
public final class CustodianVersions implements MirroredStore.Copied {
    private final JdbcClient jdbc;
    private final Clock clock;

    public CustodianVersions(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    @Override
    public void copied(String custodian, ObjectVersion copy) throws IOException {
        try {
            int unused = jdbc.sql("""
                            insert into custodian_version (store_id, key, version_id, recorded_at)
                            values (:store, :key, :version, :at) on conflict do nothing""")
                    .param("store", custodian)
                    .param("key", copy.key())
                    .param("version", copy.versionId())
                    .param("at", clock.instant().atOffset(ZoneOffset.UTC))
                    .update();
        } catch (DataAccessException e) {
            throw new IOException("the copy of " + copy.key() + " is made and could not be written down", e);
        }
    }
}
