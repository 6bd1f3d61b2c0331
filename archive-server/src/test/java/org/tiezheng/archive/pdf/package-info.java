@NullMarked
package org.tiezheng.archive.pdf;

import org.jspecify.annotations.NullMarked;
