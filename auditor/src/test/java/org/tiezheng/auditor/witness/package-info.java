/** Tests of the witness. */
@NullMarked
package org.tiezheng.auditor.witness;

import org.jspecify.annotations.NullMarked;
