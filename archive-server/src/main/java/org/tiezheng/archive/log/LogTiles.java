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
    /** After each full bundle, so that the partial tiles above it are there too, whatever size a checkpoint has. */
    private static final int BATCH = Tile.WIDTH;

    private LogTiles() {}

    /**
     * Writes what is missing. Nobody else may be writing to this folder.
     *
     * @param folder {@code <data>/archive/log}
     * @return entries in the tiles
     * @throws IOException if a file cannot be written, or a tile is there with other bytes: the folder is another log's
     */
    public static long write(JdbcClient jdbc, Path folder) throws IOException {
        record Sizes(long integrated, long signed, long witnessed) {}
        Sizes sizes = jdbc.sql("select integrated, signed, witnessed from log_state")
                .query((row, number) -> new Sizes(row.getLong(1), row.getLong(2), row.getLong(3)))
                .optional()
                .orElse(new Sizes(0, 0, 0));
        LogFolder files = new LogFolder(folder);
        try {
            for (long done = 0; done < sizes.integrated(); done += BATCH) {
                write(jdbc, files, done, Math.min(sizes.integrated(), done + BATCH));
            }
            // A checkpoint of these sizes may be out there; its last tiles are partial.
            write(jdbc, files, sizes.signed() - sizes.signed() % BATCH, sizes.signed());
            write(jdbc, files, sizes.witnessed() - sizes.witnessed() % BATCH, sizes.witnessed());
        } catch (LogDamagedException other) {
            throw new IOException(folder + " holds another log: " + other.getMessage(), other);
        }
        return sizes.integrated();
    }

    private static void write(JdbcClient jdbc, LogFolder files, long from, long to) throws IOException {
        List<byte[]> entries = jdbc.sql("select leaf from log_entry where pos >= :from and pos < :to order by pos")
                .param("from", from)
                .param("to", to)
                .query((row, number) -> row.getString(1).getBytes(StandardCharsets.UTF_8))
                .list();
        if (entries.size() != to - from) {
            throw new IOException("entries " + from + " to " + to + " of the log are not all in the database");
        }
        for (Map.Entry<Tile, byte[]> tile :
                new LogTree(files, from).append(entries).entrySet()) {
            files.write(tile.getKey(), tile.getValue());
        }
    }
}
