package org.tiezheng.capture.record;

import java.time.Instant;

/**
 * Something that did not go as it should (domain row 23).
 *
 * @param code stable word in capitals, listed in docs/capture.md
 */
public record Incident(Instant at, String code, String detail) {}
