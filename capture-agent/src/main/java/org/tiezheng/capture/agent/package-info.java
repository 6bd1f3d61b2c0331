/**
 * The worker: asks an archive server for jobs, has pages captured, and hands the sealed packages over. Many may work for
 * one server; what one of them had when it died is found at its next start.
 *
 * <p>Read {@code docs/agent.md} first, then {@link org.tiezheng.capture.agent.Agent} (asks for jobs, ends them in order),
 * {@code LeasedJob} (one job from lease to answer), {@code Outbox} (what survives a crash), {@code ArchiveClient} (the
 * protocol) and {@code Delivery} (the upload). {@link org.tiezheng.capture.agent.Captures} is all this package knows of
 * capturing.
 */
@NullMarked
package org.tiezheng.capture.agent;

import org.jspecify.annotations.NullMarked;
