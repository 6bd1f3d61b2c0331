/**
 * {@code evidence/capture.json}: what was asked, with which tools, in which surroundings, what happened and how
 * complete the result is. Read {@link org.tiezheng.capture.record.CaptureRecord} first, then
 * {@code docs/capture.schema.json}, which says the same for other implementations.
 *
 * <p>Records only: they hold, check and print. {@link org.tiezheng.capture.record.CaptureJson} writes and reads the
 * file. A key that does not apply is left out; something that should be known and is not is a value with a reason,
 * never a missing key.
 */
@NullMarked
package org.tiezheng.capture.record;

import org.jspecify.annotations.NullMarked;
