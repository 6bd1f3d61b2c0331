/** Tests of ingest. {@link org.tiezheng.archive.ingest.TestPackages} and {@link TestArchive} are for tests of other packages too. */
@NullMarked
package org.tiezheng.archive.ingest;

import org.jspecify.annotations.NullMarked;
