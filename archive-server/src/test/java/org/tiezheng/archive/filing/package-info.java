/** Tests of the filing. */
@NullMarked
package org.tiezheng.archive.filing;

import org.jspecify.annotations.NullMarked;
