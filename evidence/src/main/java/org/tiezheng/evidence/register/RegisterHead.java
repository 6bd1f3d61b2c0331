package org.tiezheng.evidence.register;

import java.time.Instant;
import java.util.UUID;

/**
 * First line of a register: of which moment it is.
 *
 * @param at when it was made, to the second, by the archive's clock
 * @param origin name of the archive's log
 * @param entries of the log at that moment: every package with an entry before this one has a row
 * @param events last number of the archive's audit chain; 0 before the first
 * @param eventHash as the chain itself had it for that number: 64 hex digits
 */
public record RegisterHead(UUID id, Instant at, String origin, long entries, long events, String eventHash) {
    /** @throws IllegalArgumentException if a number is negative or the hash is none */
    public RegisterHead {
        if (entries < 0 || events < 0 || at.getNano() != 0) {
            throw new IllegalArgumentException(
                    "a register of " + entries + " entries and " + events + " events at " + at);
        }
        ChainMark.requireHash(eventHash);
    }
}
