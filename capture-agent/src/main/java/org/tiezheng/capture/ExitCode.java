package org.tiezheng.capture;

/** Exit codes of the command line; docs/capture.md lists them. With several captures the worst one counts. */
final class ExitCode {
    /** Every capture is sealed and COMPLETE. */
    static final int COMPLETE = 0;
    /** Every capture is sealed; at least one is not COMPLETE, and its package says why. */
    static final int NOT_COMPLETE = 1;
    /** Wrong usage, or the machine is not fit: nothing was started. */
    static final int USAGE = 3;
    /** At least one capture is finished but waits for its seal: {@code seal --resume}. */
    static final int WAITING = 4;
    /** At least one capture failed and left no package. */
    static final int FAILED = 5;
    /** Stopped by Ctrl-C. */
    static final int CANCELLED = 130;

    private ExitCode() {}

    /** The worse of two ends: cancelled, failed, waiting, not complete, complete. */
    static int worse(int a, int b) {
        return Math.max(a, b);
    }
}
