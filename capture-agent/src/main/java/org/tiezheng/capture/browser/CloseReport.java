package org.tiezheng.capture.browser;

import java.util.List;

/**
 * How the browser ended.
 *
 * @param orderly the browser ended by itself when asked; else it was killed
 * @param killed processes that had to be killed, as {@code pid name}
 * @param leftovers processes or folders that are still there; empty unless something is badly wrong
 * @param keyLogBytes size of the TLS key log that was kept
 */
public record CloseReport(boolean orderly, List<String> killed, List<String> leftovers, long keyLogBytes) {
    public CloseReport {
        killed = List.copyOf(killed);
        leftovers = List.copyOf(leftovers);
    }
}
