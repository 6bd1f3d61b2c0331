package org.tiezheng.capture.browser;

import java.time.Duration;

/**
 * How loading went.
 *
 * @param loaded the load event of the document that is now shown has fired
 * @param contentLoaded its DOMContentLoaded has fired
 * @param crashed the renderer crashed meanwhile
 * @param navigations how many documents were committed, 1 without client-side redirects
 * @param took how long we waited
 */
public record LoadOutcome(boolean loaded, boolean contentLoaded, boolean crashed, int navigations, Duration took) {}
