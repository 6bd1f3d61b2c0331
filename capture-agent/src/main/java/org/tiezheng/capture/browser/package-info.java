/**
 * One Chromium per capture, driven step by step, and the artefacts it gives.
 *
 * <p>Read {@code docs/browser.md}, then {@link org.tiezheng.capture.browser.Chromium} (start, sandbox, end),
 * {@link org.tiezheng.capture.browser.CapturedPage} (the steps) and
 * {@link org.tiezheng.capture.browser.BrowserJournal} (what the browser says happened). The browser is the second
 * witness; the recorder is the relay.
 */
@NullMarked
package org.tiezheng.capture.browser;

import org.jspecify.annotations.NullMarked;
