/**
 * The recorder on the wire: a SOCKS5 relay on loopback that carries the browser's encrypted connections and
 * writes every chunk down before it passes it on.
 *
 * <p>Read first: {@link org.tiezheng.capture.relay.Relay} (start, activity, close, report), then {@link
 * org.tiezheng.capture.relay.EgressPolicy} (where a captured page may connect to) and {@link
 * org.tiezheng.capture.relay.WireSpool} (where the bytes go). One thread moves all bytes of a capture
 * ({@code RelayLoop}), so the recording has one order; names are resolved by a few other threads ({@code
 * NameResolver}). Policy and what is recorded: docs/egress.md.
 */
@NullMarked
package org.tiezheng.capture.relay;

import org.jspecify.annotations.NullMarked;
