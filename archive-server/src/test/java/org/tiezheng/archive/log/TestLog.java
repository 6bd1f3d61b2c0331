package org.tiezheng.archive.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.tiezheng.archive.database.TestDatabase;
import org.tiezheng.evidence.log.CheckpointSigner;
import org.tiezheng.evidence.log.SignatureType;

/** The server's log without a server, for tests that look at it from outside. */
public final class TestLog {
    private static final CheckpointSigner SIGNER =
            CheckpointSigner.of("tiezheng.localhost/log", SignatureType.ED25519, new byte[32]);

    private TestLog() {}

    /** Takes in what waits in the queue and publishes it. */
    public static void run(TestDatabase database, Path folder, Clock clock) {
        new TransparencyLog(database.jdbc(), database.transactions(), new LogFolder(folder), SIGNER, clock, 300).run();
    }

    /** Writes a policy that trusts this log without witnesses. */
    public static void writePolicy(Path file) throws IOException {
        Files.writeString(file, "log " + SIGNER.verifierKey() + "\nquorum none\n");
    }
}
