/**
 * WARC/1.1 records of what was on the wire, and the comparison of a WARC with the wire.
 *
 * <p>Read {@link org.tiezheng.evidence.warc.WireDerivation} first: from {@code network.pcapng} to {@code data.warc.gz},
 * {@code wire.json} and {@code certificates.pem}. {@link org.tiezheng.evidence.warc.WireRecords} says which record and
 * field an exchange becomes; {@link org.tiezheng.evidence.warc.WireComparison} derives the same records again and holds
 * them against a WARC. What the fields mean: docs/warc.md.
 *
 * <p>Source: ISO 28500:2017 (WARC/1.1) and the IIPC's WARC-Protocol and WARC-Cipher-Suite extensions.
 */
@NullMarked
package org.tiezheng.evidence.warc;

import org.jspecify.annotations.NullMarked;
