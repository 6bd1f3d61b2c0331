/**
 * The register (目录) of an archive: its catalogue as it was at one moment, in a file that anybody can compare with objects and log.
 *
 * <p>Read {@link org.tiezheng.evidence.register.RegisterWriter} first: it has the form. {@link
 * org.tiezheng.evidence.register.RegisterField} says what stands in a row. What an audit does with it: docs/audit.md, "The
 * register".
 */
@NullMarked
package org.tiezheng.evidence.register;

import org.jspecify.annotations.NullMarked;
