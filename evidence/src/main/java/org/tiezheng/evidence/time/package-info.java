/**
 * RFC 3161 time-stamps: who {@link org.tiezheng.evidence.time.TimestampAuthority gives} them, what {@link
 * org.tiezheng.evidence.time.TimestampToken one says}, and {@link org.tiezheng.evidence.time.TimestampChecks whether
 * to believe it} (codes T01 to T10).
 *
 * <p>Nothing here opens a connection; {@code time.http} does. Read {@link
 * org.tiezheng.evidence.time.TimestampToken} first.
 */
@NullMarked
package org.tiezheng.evidence.time;

import org.jspecify.annotations.NullMarked;
