/**
 * What is inside a capture, as records for a screen: {@link org.tiezheng.archive.evidencepage.capture.CaptureView} from
 * capture.json, {@link org.tiezheng.archive.evidencepage.capture.WireView} from wire.json, and so on. A package is hostile
 * even when it is sealed: whoever made it wrote these files. So nothing here trusts a length, a type or a text; what
 * cannot be read is an {@link org.tiezheng.archive.evidencepage.capture.UnreadableFileException} with a sentence, never another exception.
 */
@NullMarked
package org.tiezheng.archive.evidencepage.capture;

import org.jspecify.annotations.NullMarked;
