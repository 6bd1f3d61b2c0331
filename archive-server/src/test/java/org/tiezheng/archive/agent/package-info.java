/** The agent inside the server. */
@NullMarked
package org.tiezheng.archive.agent;

import org.jspecify.annotations.NullMarked;
