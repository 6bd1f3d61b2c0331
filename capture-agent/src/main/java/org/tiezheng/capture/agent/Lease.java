package org.tiezheng.capture.agent;

import java.time.Duration;

/**
 * A job that is ours until the server says otherwise.
 *
 * @param epoch fencing token: grows with every lease of the job; an answer with an old one is refused
 * @param length how long the lease lasts without a heartbeat
 */
record Lease(long jobId, long epoch, Duration length, JobRequest request) {}
