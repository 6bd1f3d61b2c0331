@NullMarked
package org.tiezheng.archive.replay;

import org.jspecify.annotations.NullMarked;
