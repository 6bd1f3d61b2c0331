package org.tiezheng.capture;

import org.tiezheng.capture.environment.ToolIdentity;
import org.tiezheng.capture.record.Tool;

/** What this program says about itself. */
final class Programs {
    static final String NAME = "tiezheng";

    private Programs() {}

    /** From the jar's manifest; {@code development} when it runs from class folders. */
    static String version() {
        String version = Programs.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    static Tool tool(ToolIdentity self) {
        return new Tool(
                NAME,
                self.version(),
                self.jarSha256(),
                System.getProperty("java.vm.name", "?") + " " + System.getProperty("java.runtime.version", "?"));
    }
}
