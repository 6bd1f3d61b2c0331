/**
 * Follows a log from outside: {@link org.tiezheng.auditor.monitor.MonitorCommand} asks again and again, {@code Round} is one
 * look, {@code Journal} is all that was ever seen, which nobody at the archive can change.
 */
@NullMarked
package org.tiezheng.auditor.monitor;

import org.jspecify.annotations.NullMarked;
