package org.tiezheng.capture;

import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import org.tiezheng.capture.relay.SeedUrl;

/**
 * One page to capture.
 *
 * @param id random; of the capture and its package
 * @param receivedAt UTC
 * @param out folder the package goes to
 */
record CaptureRequest(UUID id, SeedUrl url, Instant receivedAt, Path out, CaptureSettings settings) {}
