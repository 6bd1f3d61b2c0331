/**
 * The four-property check (四性检测): authenticity, completeness, usability and security of one package, item by item.
 *
 * <p>Begin with {@link org.tiezheng.archive.filing.check.CheckItem} (the list), then {@link
 * org.tiezheng.archive.filing.check.PackageInspection} (everything that is read, in one pass over the bytes) and the four classes of
 * rules that judge it. Source: DA/T 70-2018 as domain.md C5 lists it.
 */
@NullMarked
package org.tiezheng.archive.filing.check;

import org.jspecify.annotations.NullMarked;
