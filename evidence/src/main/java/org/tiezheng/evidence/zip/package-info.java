/**
 * The one way this format writes a zip file, and the reader that accepts nothing else.
 *
 * <p>Read {@code docs/format.md}, "Canonical zip", then {@link org.tiezheng.evidence.zip.CanonicalZipWriter} and {@link
 * org.tiezheng.evidence.zip.CanonicalZipReader}. Both share the byte layout in {@code ZipFormat}: the reader encodes
 * again what it has read and compares, so a zip without findings has exactly one possible sequence of bytes.
 */
@NullMarked
package org.tiezheng.evidence.zip;

import org.jspecify.annotations.NullMarked;
