/**
 * Capture jobs: submitted by officers, leased by agents, finished exactly once.
 *
 * <p>Read {@link org.tiezheng.archive.jobs.JobState} first, then {@link org.tiezheng.archive.jobs.Jobs} (what may happen
 * to a job) and {@link org.tiezheng.archive.jobs.Leases} (how agents get one). The tables, and why there are two for jobs,
 * are explained in {@code db/migration/V030__jobs.sql}.
 */
@NullMarked
package org.tiezheng.archive.jobs;

import org.jspecify.annotations.NullMarked;
