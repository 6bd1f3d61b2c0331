/**
 * From the recorded wire to exchanges: {@code network.pcapng} → conversations → TLS → HTTP → WARC.
 *
 * <p>Everything here is a pure function of the pcapng file, so the agent (which derives the WARC) and
 * {@code verify --deep} (which derives it again and compares) run the same code. Data flows one way:
 * {@code PcapngReader} reads packets in file order and feeds each conversation's bytes to a {@link
 * org.tiezheng.evidence.wire.ByteStream}; {@code tls} decrypts into another one; {@code http} turns it into
 * messages; {@code warc} writes records. Nothing opens a connection.
 */
@NullMarked
package org.tiezheng.evidence.wire;

import org.jspecify.annotations.NullMarked;
