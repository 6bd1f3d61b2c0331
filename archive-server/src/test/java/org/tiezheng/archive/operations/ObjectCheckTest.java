package org.tiezheng.archive.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.storage.FolderStore;
import org.tiezheng.storage.ObjectKeys;
import org.tiezheng.storage.PutRequest;
import org.tiezheng.storage.Retention;
import org.tiezheng.storage.StoredObject;

class ObjectCheckTest {
    private final TestDatabase database = TestDatabase.create();

    @TempDir
    private Path folder;

    private StoredObject put(FolderStore store, String text) throws Exception {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        Retention retention = new Retention(
                Retention.Mode.COMPLIANCE, Clock.systemUTC().instant().plus(Duration.ofHours(1)));
        return store.put(
                new PutRequest(ObjectKeys.ofContent(sha256), bytes.length, sha256, retention, false),
                new ByteArrayInputStream(bytes));
    }

    /** As ingest would, without the evidence around it. */
    private void catalogue(String key, String version, String sha256, long size) throws Exception {
        try (Connection connection = database.superuser().getConnection()) {
            connection.createStatement().execute("set session_replication_role = replica");
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into evidence_object (evidence_id,"
                            + " position, member, sha256, size_bytes, crc32, key, version_id) values (?, 1, 'm', ?, ?, 0, ?, ?)")) {
                insert.setObject(1, UUID.randomUUID());
                insert.setString(2, sha256);
                insert.setLong(3, size);
                insert.setString(4, key);
                insert.setString(5, version);
                insert.executeUpdate();
            }
        }
    }

    @Test
    void missingAndDifferentObjectsAreFound() throws Exception {
        try (FolderStore store = FolderStore.create("objects", folder.resolve("objects"), Clock.systemUTC())) {
            List<ObjectCheck.Difference> found = new ArrayList<>();
            ObjectCheck check = new ObjectCheck(database.dataSource(), store);
            assertThat(check.run(found::add)).isEqualTo(new ObjectCheck.Done(0, 0));
            StoredObject kept = put(store, "kept");
            catalogue(kept.version().key(), kept.version().versionId(), kept.sha256(), kept.sizeBytes());
            assertThat(check.run(found::add)).isEqualTo(new ObjectCheck.Done(1, 0));
            StoredObject shorter = put(store, "shorter");
            catalogue(shorter.version().key(), shorter.version().versionId(), shorter.sha256(), 99);
            String gone = "ab".repeat(32);
            catalogue(ObjectKeys.ofContent(gone), gone, gone, 7);
            assertThat(check.run(found::add)).isEqualTo(new ObjectCheck.Done(3, 2));
            assertThat(found)
                    .extracting(difference -> difference.found().isEmpty())
                    .containsExactlyInAnyOrder(true, false);
        }
    }
}
