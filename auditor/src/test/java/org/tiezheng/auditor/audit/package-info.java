@NullMarked
package org.tiezheng.auditor.audit;

import org.jspecify.annotations.NullMarked;
