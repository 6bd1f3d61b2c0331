@NullMarked
package org.tiezheng.archive.audit;

import org.jspecify.annotations.NullMarked;
