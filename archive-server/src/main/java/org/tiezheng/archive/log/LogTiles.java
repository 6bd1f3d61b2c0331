package org.tiezheng.archive.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.Tile;

/**
 * Makes the files of the log again from the database alone, for an archive that was restored: tiles hold nothing that the entries do
 * not give. The checkpoint is not written; the server publishes the one in the database.
 */
public final class LogTiles {
    private static final int BATCH = 1000;

    private LogTiles() {}

    /**
     * Writes what is missing. Nobody else may be writing to this folder.
     *
     * @param folder {@code <data>/archive/log}
     * @return entries in the tiles
     * @throws IOException if a file cannot be written, or a tile is there with other bytes: the folder is another log's
     */
    public static long write(JdbcClient jdbc, Path folder) throws IOException {
        long size = jdbc.sql("select integrated from log_state")
                .query(Long.class)
                .optional()
                .orElse(0L);
        LogFolder files = new LogFolder(folder);
        try {
            for (long done = 0; done < size; done += BATCH) {
                long end = Math.min(size, done + BATCH);
                List<byte[]> entries = jdbc.sql(
                                "select leaf from log_entry where pos >= :from and pos < :to order by pos")
                        .param("from", done)
                        .param("to", end)
                        .query((row, number) -> row.getString(1).getBytes(StandardCharsets.UTF_8))
                        .list();
                if (entries.size() != end - done) {
                    throw new IOException("entries " + done + " to " + end + " of the log are not all in the database");
                }
                for (Map.Entry<Tile, byte[]> tile :
                        new LogTree(files, done).append(entries).entrySet()) {
                    files.write(tile.getKey(), tile.getValue());
                }
            }
        } catch (LogDamagedException other) {
            throw new IOException(folder + " holds another log: " + other.getMessage(), other);
        }
        return size;
    }
}
