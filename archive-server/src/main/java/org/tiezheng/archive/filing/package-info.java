/**
 * Filing (归档): archival codes, volumes, the four-property check, packages for other archives and from them.
 *
 * <p>Begin with {@link org.tiezheng.archive.filing.Filing} (the act) and {@link org.tiezheng.archive.filing.CodePattern} (what codes
 * look like). Formats: docs/filing.md.
 */
@NullMarked
package org.tiezheng.archive.filing;

import org.jspecify.annotations.NullMarked;
