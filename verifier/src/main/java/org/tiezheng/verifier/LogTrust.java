package org.tiezheng.verifier;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.log.Checkpoint;
import org.tiezheng.evidence.log.LogPolicy;
import org.tiezheng.evidence.log.LogTree;
import org.tiezheng.evidence.log.MalformedLogException;

/**
 * What the user trusts of logs, and his own copy of one: L02, L04, L06.
 *
 * @param policy logs, witnesses and how many of them are enough
 * @param copy a log's newest checkpoint and tiles, from wherever the user got them; null if he has none
 */
public record LogTrust(LogPolicy policy, @Nullable Copy copy) {
    private static final long MAX_POLICY_BYTES = 1 << 20;

    /**
     * A copy of a log.
     *
     * @param checkpoint its newest
     * @param tree its tiles
     */
    public record Copy(Checkpoint checkpoint, LogTree tree) {

        /**
         * A folder with {@code checkpoint} and {@code tile/}, as C2SP tlog-tiles serves them.
         *
         * @throws IOException if they cannot be read
         * @throws MalformedLogException if the checkpoint is none
         */
        public static Copy ofFolder(Path folder) throws IOException, MalformedLogException {
            Checkpoint checkpoint = Checkpoint.parse(small(folder.resolve("checkpoint"), Checkpoint.MAX_BYTES));
            LogTree tree =
                    new LogTree(tile -> small(folder.resolve(tile.path()), LogTree.MAX_TILE_BYTES), checkpoint.size());
            return new Copy(checkpoint, tree);
        }
    }

    /**
     * @param folder of a copy; null for none
     * @throws IOException if a file cannot be read
     * @throws MalformedLogException if policy or checkpoint is none
     */
    public static LogTrust ofFiles(Path policy, @Nullable Path folder) throws IOException, MalformedLogException {
        return new LogTrust(
                LogPolicy.parse(small(policy, MAX_POLICY_BYTES)), folder == null ? null : Copy.ofFolder(folder));
    }

    private static byte[] small(Path file, long maxBytes) throws IOException {
        if (Files.size(file) > maxBytes) {
            throw new IOException(file + " is larger than " + maxBytes + " bytes");
        }
        return Files.readAllBytes(file);
    }
}
