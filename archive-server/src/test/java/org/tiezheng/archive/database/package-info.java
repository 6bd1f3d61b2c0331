@NullMarked
package org.tiezheng.archive.database;

import org.jspecify.annotations.NullMarked;
