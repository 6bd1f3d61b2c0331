/**
 * As much of PNG as a screenshot in a package needs: its header and its image data, read as streams.
 *
 * <p>Read {@link org.tiezheng.evidence.png.PngHeader}, then {@link org.tiezheng.evidence.png.PngData}.
 */
@NullMarked
package org.tiezheng.evidence.png;

import org.jspecify.annotations.NullMarked;
