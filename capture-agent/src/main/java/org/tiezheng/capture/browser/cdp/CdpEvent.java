package org.tiezheng.capture.browser.cdp;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One event, as Chromium sent it.
 *
 * @param session the session it belongs to; null for the browser itself
 * @param method for example {@code Network.requestWillBeSent}
 * @param params its parameters; an empty object when the event was too large to be read (then {@code oversized})
 * @param oversized the event was larger than {@link CdpConnection#MAX_EVENT_CHARS} and only its name is known
 */
public record CdpEvent(@Nullable String session, String method, JsonNode params, boolean oversized) {}
