package org.tiezheng.capture.record;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The page that was reached.
 *
 * @param inputUrl the address asked for
 * @param finalUrl the address of the main document at the end; absent if none was reached
 * @param redirects of the main document, in order
 * @param title {@code document.title}; absent if there was no page to ask
 * @param method of the main document's request
 * @param status HTTP status of the main document; absent if no response came
 * @param headers of the main document's response, as the browser reports them
 * @param serverIp address the main document came from, if it came over the network
 * @param icpNo ICP filing number found in the page text (domain row 19), if any
 */
public record Target(
        String inputUrl,
        @Nullable String finalUrl,
        List<Redirect> redirects,
        @Nullable String title,
        @Nullable String method,
        @Nullable Integer status,
        List<Header> headers,
        @Nullable String serverIp,
        @Nullable String icpNo) {

    public Target {
        redirects = List.copyOf(redirects);
        headers = List.copyOf(headers);
    }

    /** One hop: {@code from} answered with {@code status} and sent the browser to {@code to}. */
    public record Redirect(String from, String to, int status, Instant at) {}

    public record Header(String name, String value) {}
}
