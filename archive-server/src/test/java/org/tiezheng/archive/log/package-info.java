/** Tests of the transparency log on a real database and real files. */
@NullMarked
package org.tiezheng.archive.log;

import org.jspecify.annotations.NullMarked;
