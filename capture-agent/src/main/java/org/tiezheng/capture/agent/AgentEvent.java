package org.tiezheng.capture.agent;

import org.jspecify.annotations.Nullable;

/**
 * Something an operator wants to know.
 *
 * @param jobId 0 if it is about no job
 * @param detail an address, an id, or what is the matter; English where it comes from a program
 */
public record AgentEvent(Kind kind, long jobId, @Nullable String detail) {
    /** Its text for people is {@code agent.event.KIND} in the message bundles. */
    public enum Kind {
        /** The server answers, at the start or again. */
        CONNECTED,
        /** The server does not answer. Said once until it does. */
        UNREACHABLE,
        /** The server does not let us in. Said once until it does. */
        REFUSED,
        /** No room for a capture. Said once until there is. */
        NO_ROOM,
        /** Left over from an earlier run, taken up again. */
        RESUMED,
        /** Left over, but of another server. */
        FOREIGN,
        LEASED,
        /** Complete, waits for a time-stamp. */
        SEAL_WAITS,
        SEALED,
        ARCHIVED,
        QUARANTINED,
        ORPHANED,
        FAILED,
        CANCELLED,
        /** The server gave the job to somebody else. */
        LOST,
        /** Stopped, the job goes back to the server. */
        HANDED_BACK,
        /** Our own disk fails us. */
        DISK
    }

    /** Hears of events, on any thread. */
    @FunctionalInterface
    public interface Listener {
        void happened(AgentEvent event);
    }
}
