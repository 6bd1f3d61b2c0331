package org.tiezheng.archive.ingest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.StoredObject;

/**
 * Finds versions in the store that no evidence, no kept object and no upload under way names: of packages that found no place after their objects
 * were stored, or put there by somebody else. They are under their lock and do no harm; somebody should know.
 */
public final class StrayObjects {
    private static final int BATCH = 200;

    private final JdbcClient jdbc;
    private final ObjectStore store;

    public StrayObjects(JdbcClient jdbc, ObjectStore store) {
        this.jdbc = jdbc;
        this.store = store;
    }

    /**
     * Walks through the whole store; takes as long as its listing.
     *
     * @return how many versions were looked at
     */
    public long find(Consumer<StoredObject> stray) throws IOException {
        List<StoredObject> batch = new ArrayList<>();
        long[] seen = {0};
        store.list("sha256/", object -> {
            seen[0]++;
            batch.add(object);
            if (batch.size() == BATCH) {
                check(batch, stray);
                batch.clear();
            }
        });
        check(batch, stray);
        return seen[0];
    }

    private void check(List<StoredObject> batch, Consumer<StoredObject> stray) {
        for (StoredObject object : batch) {
            boolean named = jdbc.sql("""
                            select exists (select 1 from evidence_object where key = :key and version_id = :version)
                                or exists (select 1 from kept_object where key = :key and version_id = :version)
                                or exists (select 1 from upload_object o join upload u on u.id = o.upload_id
                                    where o.key = :key and o.version_id = :version
                                        and u.state in ('VERIFYING', 'STORING', 'ORPHANED'))""")
                    .param("key", object.version().key())
                    .param("version", object.version().versionId())
                    .query(Boolean.class)
                    .single();
            if (!named) {
                stray.accept(object);
            }
        }
    }
}
