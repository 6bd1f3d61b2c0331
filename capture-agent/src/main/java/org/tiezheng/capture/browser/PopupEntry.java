package org.tiezheng.capture.browser;

import java.time.Instant;

/**
 * A window the page opened.
 *
 * @param at our clock
 * @param targetId Chromium's
 * @param url first address; the journal has the rest
 * @param closed we closed it at once because there were too many
 */
public record PopupEntry(Instant at, String targetId, String url, boolean closed) {}
