/** Server-sent events: live numbers and progress. Start at {@link org.tiezheng.archive.web.sse.EventStreams}. */
@NullMarked
package org.tiezheng.archive.web.sse;

import org.jspecify.annotations.NullMarked;
