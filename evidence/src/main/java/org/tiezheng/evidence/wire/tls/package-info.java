/**
 * TLS 1.2 and 1.3 read from a recording with the key log's secrets; nothing here takes part in a connection.
 *
 * <p>Read {@link org.tiezheng.evidence.wire.tls.TlsStreams} first, then {@code TlsStream}, which holds the state
 * of one conversation: {@code RecordSplitter} cuts records out of a direction's bytes, a {@code
 * RecordProtection} decrypts them, {@code HandshakeMessages} puts handshake messages together, {@code
 * KeySchedule} makes keys, {@code Hello} and {@code Certificates} parse, {@code HandshakeProof} checks
 * signatures.
 *
 * <p>Sources: RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), RFC 5288 and 7905 (AEAD suites), RFC 8879 (compressed
 * certificates), RFC 9850 (key log). docs/wire.md says what is not decoded.
 */
@NullMarked
package org.tiezheng.evidence.wire.tls;

import org.jspecify.annotations.NullMarked;
