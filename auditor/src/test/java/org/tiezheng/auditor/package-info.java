@NullMarked
package org.tiezheng.auditor;

import org.jspecify.annotations.NullMarked;
