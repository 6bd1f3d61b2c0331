package org.tiezheng.capture.browser;

/**
 * Whether Chromium's sandbox really holds, as read from the kernel, not from our flags.
 *
 * @param on every renderer runs under a seccomp filter, without new privileges, in a user namespace of its own
 * @param user the operating-system user Chromium runs as
 * @param reason what was found; when off, why
 */
public record SandboxState(boolean on, String user, String reason) {}
