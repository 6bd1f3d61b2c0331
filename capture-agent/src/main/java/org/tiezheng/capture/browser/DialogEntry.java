package org.tiezheng.capture.browser;

import java.time.Instant;

/**
 * A JavaScript dialog and how we answered.
 *
 * @param at our clock
 * @param url of the page that opened it
 * @param type alert, confirm, prompt or beforeunload
 * @param message its text, cut to 8,192 characters
 * @param accepted alert and beforeunload are accepted; confirm and prompt are dismissed: nothing is agreed to
 */
public record DialogEntry(Instant at, String url, String type, String message, boolean accepted) {}
