package org.tiezheng.archive.operations;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.tiezheng.storage.ObjectStore;
import org.tiezheng.storage.ObjectVersion;
import org.tiezheng.storage.StoredObject;

/**
 * Asks the store for every object of a package and every object the archive made and keeps: is that version there, as long and
 * with the digest that was recorded when it was stored. The bytes are not read: that is fixity's work, and takes as long as
 * reading everything.
 */
public final class ObjectCheck {
    private static final int FETCH = 500;

    private final DataSource database;
    private final ObjectStore store;

    public ObjectCheck(DataSource database, ObjectStore store) {
        this.database = database;
        this.store = store;
    }

    /** @param wrong objects that are missing or not the recorded ones */
    public record Done(long objects, long wrong) {}

    /** @param found what the store has under this version; empty if nothing */
    public record Difference(ObjectVersion version, String sha256, long sizeBytes, Optional<StoredObject> found) {}

    /**
     * Checks all; streams through the catalogue.
     *
     * @param each told of every object that is not as recorded, as they are found
     * @throws IOException if the store did not answer: nothing is known about the rest
     */
    public Done run(Consumer<Difference> each) throws IOException, SQLException {
        long objects = 0;
        long wrong = 0;
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false); // or the driver would fetch all rows at once
            try (PreparedStatement statement = connection.prepareStatement("select key, version_id, sha256, size_bytes"
                    + " from evidence_object union select key, version_id, sha256, size_bytes from kept_object"
                    + " order by key, version_id")) {
                statement.setFetchSize(FETCH);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        objects++;
                        ObjectVersion version = new ObjectVersion(row.getString(1), row.getString(2));
                        String sha256 = row.getString(3);
                        long sizeBytes = row.getLong(4);
                        Optional<StoredObject> found = store.head(version);
                        if (found.filter(object -> object.sha256().equals(sha256) && object.sizeBytes() == sizeBytes)
                                .isEmpty()) {
                            wrong++;
                            each.accept(new Difference(version, sha256, sizeBytes, found));
                        }
                    }
                }
            } finally {
                connection.rollback();
            }
        }
        return new Done(objects, wrong);
    }
}
