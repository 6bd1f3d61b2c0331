/**
 * From an address to a sealed package: the command line and the order of the work.
 *
 * <p>Read {@code docs/capture.md}, then {@link org.tiezheng.capture.Main} and {@code CaptureAgent} (one capture from
 * beginning to end); {@code Recording} (the live part: relay, browser, artefacts), {@code Assembly} (pcapng, WARC,
 * capture.json, WACZ) and {@code Sealing}; {@code CompletenessJudge} (how much of the page is there). {@code DataFolder}
 * and {@code WorkFolder} say what a crash leaves behind and what the next start makes of it.
 */
@NullMarked
package org.tiezheng.capture;

import org.jspecify.annotations.NullMarked;
