package org.tiezheng.archive.jobs;

/**
 * Where a job stands. {@code READY → LEASED → DONE}, or back to READY after a failure or a lost agent, or FAILED when the
 * attempts are used up; CANCELLED from READY at once and from LEASED when the agent has stopped. FAILED and CANCELLED go back
 * to READY when a person asks for it.
 */
public enum JobState {
    /** Waits for an agent, or for its time after a failed attempt. */
    READY,
    /** An agent has it. */
    LEASED,
    /** Its package is in the archive. */
    DONE,
    /** Given up, with a code and a reason. */
    FAILED,
    /** Somebody did not want it any more. */
    CANCELLED;

    public boolean finished() {
        return this != READY && this != LEASED;
    }
}
