/** Tests of fixity checks; {@link org.tiezheng.archive.fixity.FixityWorld} is what they run on. */
@NullMarked
package org.tiezheng.archive.fixity;

import org.jspecify.annotations.NullMarked;
