package org.tiezheng.archive.settings;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says in words, instead of a stack trace, why the server did not start. Registered in {@code META-INF/spring.factories}. */
final class StartFailures {
    private StartFailures() {}

    /** A setting that nobody knows. */
    static final class Setting extends AbstractFailureAnalyzer<UnknownSettingException> {
        @Override
        protected FailureAnalysis analyze(Throwable root, UnknownSettingException cause) {
            return new FailureAnalysis(
                    cause.getMessage(), "Correct or remove it; docs/configuration.md lists all settings.", cause);
        }
    }

    /** Files, programs, the network. */
    static final class Io extends AbstractFailureAnalyzer<IOException> {
        @Override
        protected @Nullable FailureAnalysis analyze(Throwable root, IOException cause) {
            return cause.getMessage() == null
                    ? null
                    : new FailureAnalysis(cause.getMessage(), "See docs/operations.md, \"It does not start\".", cause);
        }
    }
}
