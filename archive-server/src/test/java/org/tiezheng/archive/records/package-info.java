@NullMarked
package org.tiezheng.archive.records;

import org.jspecify.annotations.NullMarked;
