package org.tiezheng.capture.record;

import org.jspecify.annotations.Nullable;
import org.tiezheng.evidence.Digest;

/**
 * The program that made the capture (domain row 14).
 *
 * @param jarSha256 digest of the agent's own jar; absent when it runs from class folders
 */
public record Tool(String name, String version, @Nullable Digest jarSha256, String java) {}
