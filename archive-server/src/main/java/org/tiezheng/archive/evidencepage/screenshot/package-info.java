/**
 * The full-page screenshot as strips a browser can show smoothly at any zoom: {@link
 * org.tiezheng.archive.evidencepage.screenshot.Strips} makes them, once, with a few rows of memory, however long the page is.
 */
@NullMarked
package org.tiezheng.archive.evidencepage.screenshot;

import org.jspecify.annotations.NullMarked;
