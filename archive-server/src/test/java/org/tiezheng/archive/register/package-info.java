@NullMarked
package org.tiezheng.archive.register;

import org.jspecify.annotations.NullMarked;
