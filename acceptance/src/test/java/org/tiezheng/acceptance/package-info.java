@NullMarked
package org.tiezheng.acceptance;

import org.jspecify.annotations.NullMarked;
