@NullMarked
package org.tiezheng.archive.preservation;

import org.jspecify.annotations.NullMarked;
