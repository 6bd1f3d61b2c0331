package org.tiezheng.archive.records;

import org.tiezheng.evidence.time.TimestampToken;
import org.tiezheng.evidence.time.TokenLife;

/**
 * A token for a batch, checked as a verifier would.
 *
 * @param authority name of who gave it
 * @param token in DER
 * @param life until when it speaks for itself
 */
record Stamp(String authority, boolean embedded, TimestampToken token, TokenLife life) {}
