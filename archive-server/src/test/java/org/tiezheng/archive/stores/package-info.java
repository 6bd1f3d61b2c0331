/** Tests of {@code org.tiezheng.archive.stores} on a real PostgreSQL and a real S3 server. */
@NullMarked
package org.tiezheng.archive.stores;

import org.jspecify.annotations.NullMarked;
