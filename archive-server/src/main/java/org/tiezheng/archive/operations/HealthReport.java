package org.tiezheng.archive.operations;

import java.time.Instant;
import java.util.Map;

/**
 * How all parts were at {@code at}.
 *
 * @param ready false if a required part is down
 * @param parts by name, in the order of their names
 */
public record HealthReport(Instant at, boolean ready, Health.Status status, Map<String, Health> parts) {}
