/** Tests of {@code org.tiezheng.archive.jobs} on a real PostgreSQL; start at {@code JobsWorld}. */
@NullMarked
package org.tiezheng.archive.jobs;

import org.jspecify.annotations.NullMarked;
