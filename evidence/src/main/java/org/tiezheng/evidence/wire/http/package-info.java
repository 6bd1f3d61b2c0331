/**
 * From the plain bytes of one conversation to HTTP exchanges and WebSocket messages.
 *
 * <p>Read {@link org.tiezheng.evidence.wire.http.HttpStream} first: it is handed the bytes, tells HTTP/1.1 from HTTP/2
 * and passes them to the decoder of that protocol. A decoder hands each {@link
 * org.tiezheng.evidence.wire.http.Exchange} to an {@link org.tiezheng.evidence.wire.http.ExchangeSink} when its last
 * byte has passed, so exchanges come in the order of their completion in the recording, which is the same each time
 * the recording is read. Bodies wait in {@link org.tiezheng.evidence.wire.http.Spools temporary files}, never in memory.
 *
 * <p>Decoders are observers: they accept whatever a browser accepts, keep the bytes as they were on the wire, and
 * report what they cannot read instead of throwing. How each case is recorded: docs/warc.md.
 */
@NullMarked
package org.tiezheng.evidence.wire.http;

import org.jspecify.annotations.NullMarked;
