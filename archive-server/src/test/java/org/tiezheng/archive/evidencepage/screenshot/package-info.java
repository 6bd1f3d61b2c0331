@NullMarked
package org.tiezheng.archive.evidencepage.screenshot;

import org.jspecify.annotations.NullMarked;
