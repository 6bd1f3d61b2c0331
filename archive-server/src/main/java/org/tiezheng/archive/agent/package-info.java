/**
 * The capture agent inside the server: the same worker as {@code ./tiezheng agent}, over the same HTTP protocol, on this
 * machine. Read {@code docs/agent.md}, then {@link org.tiezheng.archive.agent.InternalAgent}.
 */
@NullMarked
package org.tiezheng.archive.agent;

import org.jspecify.annotations.NullMarked;
