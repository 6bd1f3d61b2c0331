/**
 * Filing (归档): archival codes, volumes, the four-property check, packages for other archives and from them.
 *
 * <p>Begin with {@link org.tiezheng.archive.filing.Filing} (the act), {@link org.tiezheng.archive.filing.CodePattern} (what codes look
 * like), {@link org.tiezheng.archive.filing.FilingDesk} (what an archivist does) and {@link
 * org.tiezheng.archive.filing.FilingTasks} (work that takes long). The check is in package {@code check}. Formats: docs/filing.md.
 */
@NullMarked
package org.tiezheng.archive.filing;

import org.jspecify.annotations.NullMarked;
