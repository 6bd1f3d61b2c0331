package org.tiezheng.capture.browser;

import java.time.Instant;

/**
 * A server asked for a login by HTTP (401), and none was sent.
 *
 * @param at our clock
 * @param url that is protected, cut to 8,192 characters
 * @param challenge {@code WWW-Authenticate} as the server sent it, cut to 500 characters
 */
public record ChallengeEntry(Instant at, String url, String challenge) {}
