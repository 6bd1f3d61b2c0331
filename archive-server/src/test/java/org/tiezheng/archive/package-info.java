/** Tests of the whole server extend {@link org.tiezheng.archive.ServerTest}; tests of a service use {@code TestDatabase}. */
@NullMarked
package org.tiezheng.archive;

import org.jspecify.annotations.NullMarked;
