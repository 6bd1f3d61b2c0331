package org.tiezheng.evidence.wire.http;

/** Why a message has fewer bytes than it announced: the words of WARC-Truncated (WARC/1.1 section 5.13). */
public enum Truncation {
    /** The connection or the stream was closed or reset first. */
    DISCONNECT("disconnect"),
    /** The recording ended first, or the rest could not be decoded (then an Undecoded entry says why). */
    UNSPECIFIED("unspecified");

    private final String word;

    Truncation(String word) {
        this.word = word;
    }

    /** The value of the WARC field. */
    public String word() {
        return word;
    }
}
