package org.tiezheng.archive.log;

/**
 * Database and files of the log contradict each other: one of them was rolled back or altered. Signing on would show two
 * histories, which nobody could ever explain away, so the log stands still until a person has looked.
 */
public final class LogDamagedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LogDamagedException(String message) {
        super(message);
    }
}
