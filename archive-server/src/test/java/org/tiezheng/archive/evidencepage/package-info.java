@NullMarked
package org.tiezheng.archive.evidencepage;

import org.jspecify.annotations.NullMarked;
