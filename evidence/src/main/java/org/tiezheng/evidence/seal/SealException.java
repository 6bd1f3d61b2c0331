package org.tiezheng.evidence.seal;

import java.util.List;
import java.util.stream.Collectors;

/**
 * No authority gave a time-stamp that validates, so nothing was sealed: no file claims to be a sealed package. The
 * {@code capture.wacz} is untouched; seal it again later.
 */
public final class SealException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<TimestampFailure> failures;

    SealException(String what, List<TimestampFailure> failures) {
        super(what
                + (failures.isEmpty()
                        ? ": no time-stamp authority is configured"
                        : failures.stream().map(f -> "; " + f).collect(Collectors.joining())));
        this.failures = List.copyOf(failures);
    }

    /** One for each authority asked. */
    public List<TimestampFailure> failures() {
        return failures;
    }

    /** Whether sealing again later may succeed without anybody changing the configuration. */
    public boolean retryHelps() {
        return failures.stream().anyMatch(TimestampFailure::retryHelps);
    }
}
