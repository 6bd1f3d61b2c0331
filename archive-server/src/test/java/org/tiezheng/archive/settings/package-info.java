@NullMarked
package org.tiezheng.archive.settings;

import org.jspecify.annotations.NullMarked;
