package org.tiezheng.capture.browser;

import org.jspecify.annotations.Nullable;

/**
 * What {@code Page.navigate} gave.
 *
 * @param url as asked
 * @param loaderId of the document that is loading; null if nothing was committed
 * @param errorText Chromium's, for example {@code net::ERR_NAME_NOT_RESOLVED}; its error page is shown then
 * @param timedOut the main response did not begin in time; loading was stopped
 * @param download the address turned out to be a download; there is no page
 */
public record Navigation(
        String url, @Nullable String loaderId, @Nullable String errorText, boolean timedOut, boolean download) {}
