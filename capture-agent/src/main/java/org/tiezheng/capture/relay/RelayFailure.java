package org.tiezheng.capture.relay;

import java.time.Instant;

/**
 * The relay could not go on recording; it has cut every connection.
 *
 * @param reason {@code spool-write} (disk full, most likely) or {@code internal}
 * @param at UTC
 * @param detail the exception's text, English
 */
public record RelayFailure(String reason, Instant at, String detail) {}
