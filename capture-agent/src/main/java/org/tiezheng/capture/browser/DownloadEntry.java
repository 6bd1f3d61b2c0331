package org.tiezheng.capture.browser;

/**
 * A file the page made the browser download. Its bytes are on the wire record; the copy on disk is deleted.
 *
 * @param guid Chromium's
 * @param url of the file
 * @param suggestedName by the server
 * @param receivedBytes so far
 * @param state inProgress, completed or canceled
 */
public record DownloadEntry(String guid, String url, String suggestedName, long receivedBytes, String state) {}
