@NullMarked
package org.tiezheng.archive.evidencepage.capture;

import org.jspecify.annotations.NullMarked;
