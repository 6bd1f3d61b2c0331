package org.tiezheng.archive.operations;

/**
 * One thing the server needs, which can say how it is. Make it a bean and it appears in readiness, metrics and on the status
 * page.
 *
 * <p>{@link #look} may speak to other machines: it is called by one thread at a time, not more often than every five seconds,
 * and given up after five seconds; what it throws counts as down.
 */
public interface HealthPart {
    /** One lower-case word, part of the API: {@code database}, {@code store}, {@code custodian}, {@code tsa}, {@code agents}. */
    String name();

    /**
     * Looks now.
     *
     * @throws Exception if it cannot be told; shown as down
     */
    Health look() throws Exception;

    /** True if the server is of no use without it: it is not ready then. */
    default boolean isRequired() {
        return false;
    }
}
