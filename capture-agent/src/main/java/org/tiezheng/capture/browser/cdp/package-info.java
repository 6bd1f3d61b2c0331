/**
 * A small client of the Chrome DevTools Protocol: one WebSocket, many sessions, events in order on one thread.
 *
 * <p>Read {@link org.tiezheng.capture.browser.cdp.CdpConnection} first. We do not use Selenium's own client: it drops
 * the session id from events and runs handlers unordered.
 */
@NullMarked
package org.tiezheng.capture.browser.cdp;

import org.jspecify.annotations.NullMarked;
