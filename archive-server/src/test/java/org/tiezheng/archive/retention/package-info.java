@NullMarked
package org.tiezheng.archive.retention;

import org.jspecify.annotations.NullMarked;
