@NullMarked
package org.tiezheng.capture;

import org.jspecify.annotations.NullMarked;
