package org.tiezheng.evidence.wire;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of the recording that no record of the WARC holds, and why. They stay in network.pcapng; the list
 * goes into the completeness verdict.
 *
 * @param conversation its number, or 0 if no conversation is meant
 * @param direction null if both are meant
 * @param at when the first of the bytes passed, UTC
 * @param bytes how many bytes, as far as known; 0 if unknown
 * @param reason stable word: {@code no-tls-secret}, {@code tls-record}, {@code tls-suite}, {@code http1-syntax}, {@code
 *     http2-frame}, {@code not-http}, {@code truncated} …
 * @param detail for the reader, English, never raw bytes of the page
 */
public record Undecoded(
        int conversation, @Nullable Direction direction, Instant at, long bytes, String reason, String detail) {

    /** Where decoders report. */
    @FunctionalInterface
    public interface Sink {
        void undecoded(Undecoded undecoded);
    }
}
