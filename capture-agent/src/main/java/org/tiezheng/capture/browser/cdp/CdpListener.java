package org.tiezheng.capture.browser.cdp;

/**
 * Receives every event in the order Chromium sent them, on the connection's one dispatch thread.
 *
 * <p>It must not wait for a call's result ({@link CdpConnection#call}): that thread is the one which would deliver it.
 * {@link CdpConnection#send} is fine.
 */
@FunctionalInterface
public interface CdpListener {
    void onEvent(CdpEvent event);
}
