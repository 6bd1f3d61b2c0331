package org.tiezheng.evidence.log;

import java.time.Instant;
import java.util.UUID;

/** What stands at a position of the log: a package, or something that happened. Read one with {@link LogEntries#parse}. */
public sealed interface LogEntry permits LogLeaf, LogEvent {
    /** Of what the entry is about; see {@link LogLeaf} and {@link LogEvent.Kind}. */
    UUID id();

    /** To the second, UTC. */
    Instant time();

    /** The line, ASCII, without a newline: what the log's tree is made of. */
    byte[] toBytes();
}
