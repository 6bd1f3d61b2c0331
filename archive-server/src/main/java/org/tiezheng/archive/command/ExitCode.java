package org.tiezheng.archive.command;

/** Exit codes; docs/operations.md lists them. As the verifier's: "could not check" is neither good nor bad. */
final class ExitCode {
    static final int OK = 0;
    /** Something is wrong with what was checked. */
    static final int BAD = 1;
    /** It could not be checked, or not be done; the message says what the state is. */
    static final int FAILED = 2;
    /** Wrong usage: nothing was started. */
    static final int USAGE = 3;

    private ExitCode() {}
}
