package org.tiezheng.archive.pdf;

/** Weight of a statement: a colour beside the words, never instead of them. */
public enum Tone {
    PLAIN(0x1a2028, 0xffffff),
    MUTED(0x525c68, 0xffffff),
    OK(0x17633a, 0xe0f3e7),
    WARN(0x7a4a00, 0xfdf0d5),
    BAD(0xa3241b, 0xfde6e3);

    private final int ink;
    private final int ground;

    Tone(int ink, int ground) {
        this.ink = ink;
        this.ground = ground;
    }

    /** Red, green, blue of text: dark enough to be read from a black-and-white print. */
    int ink() {
        return ink;
    }

    /** Red, green, blue behind a notice. */
    int ground() {
        return ground;
    }
}
