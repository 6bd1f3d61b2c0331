@NullMarked
package org.tiezheng.auditor.monitor;

import org.jspecify.annotations.NullMarked;
