/** The archive server. Start at {@link org.tiezheng.archive.Main}; one package below per capability. */
@NullMarked
package org.tiezheng.archive;

import org.jspecify.annotations.NullMarked;
