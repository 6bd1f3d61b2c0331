@NullMarked
package org.tiezheng.archive.operations;

import org.jspecify.annotations.NullMarked;
