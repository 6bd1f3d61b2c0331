package org.tiezheng.evidence.register;

import org.tiezheng.evidence.Digest;

/**
 * An event of the archive's audit chain, as it was computed anew from what the database held.
 *
 * @param event its number, from 1
 * @param hash of this event alone, with the predecessor it names: what entries of the log name it by
 * @param chain of this event with all before it computed anew: equal to {@code hash} as long as nothing before was changed
 */
public record ChainMark(long event, String hash, String chain) {
    /** @throws IllegalArgumentException if it is no number of an event, or no hash */
    public ChainMark {
        if (event < 1) {
            throw new IllegalArgumentException("event " + event);
        }
        requireHash(hash);
        requireHash(chain);
    }

    static void requireHash(String hash) {
        if (!Digest.isTextForm(hash)) {
            throw new IllegalArgumentException("no hash of an event");
        }
    }
}
