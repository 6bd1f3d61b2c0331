package org.tiezheng.archive.jobs;

import java.time.Instant;

/**
 * A job that an agent has just got.
 *
 * @param job as leased
 * @param until the agent must be heard of before
 */
public record Lease(Job job, Instant until) {}
