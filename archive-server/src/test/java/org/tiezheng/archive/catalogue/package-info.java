/** Tests of the catalogue. */
@NullMarked
package org.tiezheng.archive.catalogue;

import org.jspecify.annotations.NullMarked;
